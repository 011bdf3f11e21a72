//! MP4, QuickTime and M4A (ISO/IEC 14496-12) without what tells of place, device and author.
//!
//! Nothing is moved: tables of a film name places in the file. Boxes that describe become `free` boxes of the same size,
//! filled with zeros; tracks of metadata (positions while filming) lose their samples as well.

use std::ops::Range;

use super::{Reason, be32, be64};

/// Deeper than any file that is played.
const DEEPEST: usize = 8;

/// One box by where it stands.
#[derive(Debug, Clone)]
struct Block {
    name: [u8; 4],
    start: usize,
    body: Range<usize>,
}

pub fn without_metadata(bytes: &[u8]) -> Result<Vec<u8>, Reason> {
    let top = blocks(bytes, 0..bytes.len());
    // A film without its tables is not played by anything; compressed tables cannot be cleaned.
    let moov = top.iter().find(|block| &block.name == b"moov").ok_or(Reason::Damaged)?;
    if find(bytes, &moov.body, b"cmov").is_some() {
        return Err(Reason::Damaged);
    }
    let mut blank = Blank { samples: Vec::new(), blocks: Vec::new() };
    blank.collect(bytes, 0..bytes.len(), DEEPEST);
    let mut out = bytes.to_vec();
    for range in blank.samples {
        out[range].fill(0);
    }
    for block in blank.blocks {
        out[block.start + 4..block.start + 8].copy_from_slice(b"free");
        out[block.body].fill(0);
    }
    Ok(out)
}

struct Blank {
    samples: Vec<Range<usize>>,
    blocks: Vec<Block>,
}

impl Blank {
    fn collect(&mut self, bytes: &[u8], within: Range<usize>, depth: usize) {
        for block in blocks(bytes, within) {
            match &block.name {
                b"udta" | b"meta" | b"uuid" | b"loci" | b"ID32" => self.blocks.push(block),
                // Room in which earlier descriptions may have been left.
                b"free" | b"skip" | b"wide" if bytes[block.body.clone()].iter().any(|byte| *byte != 0) => self.blocks.push(block),
                name if name[0] == 0xA9 => self.blocks.push(block),
                b"trak" if describes(bytes, &block) => {
                    self.samples.extend(samples(bytes, &block).unwrap_or_default());
                    self.blocks.push(block);
                }
                b"moov" | b"trak" | b"mdia" | b"minf" | b"moof" | b"traf" if depth > 0 => self.collect(bytes, block.body, depth - 1),
                _ => {}
            }
        }
    }
}

/// Boxes one after another; a last one that is shorter than it says goes to the end.
fn blocks(bytes: &[u8], within: Range<usize>) -> Vec<Block> {
    let mut found = Vec::new();
    let mut start = within.start;
    while start + 8 <= within.end {
        let Some((size, name)) = be32(bytes, start).zip(bytes[start + 4..].first_chunk::<4>()) else { break };
        let (head, size) = match size {
            0 => (8, (within.end - start) as u64),
            1 => match be64(bytes, start + 8) {
                Some(size) if start + 16 <= within.end => (16, size),
                _ => break,
            },
            size => (8, u64::from(size)),
        };
        if size < head as u64 {
            break;
        }
        let end = usize::try_from(size).ok().and_then(|size| start.checked_add(size)).map_or(within.end, |end| end.min(within.end));
        found.push(Block { name: *name, start, body: start + head..end });
        start = end;
    }
    found
}

fn find(bytes: &[u8], within: &Range<usize>, name: &[u8; 4]) -> Option<Range<usize>> {
    blocks(bytes, within.clone()).into_iter().find(|block| &block.name == name).map(|block| block.body)
}

fn path(bytes: &[u8], from: &Range<usize>, names: &[&[u8; 4]]) -> Option<Range<usize>> {
    names.iter().try_fold(from.clone(), |within, name| find(bytes, &within, name))
}

/// A track of timed metadata: its handler is not one that is seen, heard or read.
fn describes(bytes: &[u8], track: &Block) -> bool {
    let handler = path(bytes, &track.body, &[b"mdia", b"hdlr"]).and_then(|body| bytes.get(body.start + 8..body.start + 12));
    handler.is_some_and(|handler| !matches!(handler, b"vide" | b"soun" | b"text" | b"sbtl" | b"subt" | b"clcp" | b"tmcd" | b"hint"))
}

/// Where the samples of a track lie, chunk by chunk (8.7.3 to 8.7.5).
fn samples(bytes: &[u8], track: &Block) -> Option<Vec<Range<usize>>> {
    let table = path(bytes, &track.body, &[b"mdia", b"minf", b"stbl"])?;
    let (sizes, chunks) = (find(bytes, &table, b"stsz")?, find(bytes, &table, b"stsc")?);
    let (offsets, wide) = match find(bytes, &table, b"stco") {
        Some(offsets) => (offsets, false),
        None => (find(bytes, &table, b"co64")?, true),
    };
    let (every, sample_count) = (be32(bytes, sizes.start + 4)?, be32(bytes, sizes.start + 8)?);
    let size_of = |sample: u32| {
        let own = || be32(&bytes[..sizes.end], sizes.start + 12 + 4 * sample as usize);
        if every > 0 { Some(every) } else { own() }
    };
    let (runs, count) = (be32(bytes, chunks.start + 4)?, be32(bytes, offsets.start + 4)?);
    let run = |n: u32, at: usize| be32(&bytes[..chunks.end], chunks.start + 8 + 12 * n as usize + at);
    let mut found = Vec::new();
    let (mut sample, mut current, mut total) = (0u32, 0u32, 0usize);
    for chunk in 0..count {
        let place = offsets.start + 8 + chunk as usize * if wide { 8 } else { 4 };
        let offset = if wide { be64(&bytes[..offsets.end], place) } else { be32(&bytes[..offsets.end], place).map(u64::from) };
        let Some(start) = offset.and_then(|offset| usize::try_from(offset).ok()) else { break };
        while current + 1 < runs && run(current + 1, 0).is_some_and(|first| first <= chunk + 1) {
            current += 1;
        }
        let per_chunk = run(current, 4)?.min(sample_count - sample);
        let mut length = 0usize;
        if every > 0 {
            length = (every as usize).saturating_mul(per_chunk as usize);
        } else {
            for n in 0..per_chunk {
                let Some(size) = size_of(sample + n) else { break };
                length = length.saturating_add(size as usize);
            }
        }
        sample += per_chunk;
        let end = start.saturating_add(length).min(bytes.len());
        if start < end {
            total += end - start;
            found.push(start..end);
        }
        // Samples that overlap so often are not a film's.
        if total > bytes.len() {
            break;
        }
    }
    Some(found)
}
