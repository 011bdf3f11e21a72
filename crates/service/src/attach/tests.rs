//! Files are made here byte by byte, so that each test knows what it hides.

use proptest::prelude::*;

use super::pictures::crc;
use super::{Examined, Kind, Limits, Reason, examine, judge, names, orientation};

const LIMITS: Limits = Limits { files: 10, bytes: 25 << 20 };

const SECRET: &[u8] = b"10.7769N 106.7009E";

fn look(name: &str, bytes: &[u8]) -> Result<Examined, Reason> {
    judge(name, bytes, &LIMITS)
}

fn shown(bytes: &[u8]) -> Vec<u8> {
    let copy = look("x", bytes).expect("taken").shown.expect("a cleaned copy");
    assert!(!holds(&copy, SECRET));
    // What was cleaned once is clean.
    assert_eq!(look("x", &copy).expect("taken").shown, None);
    copy
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 2).expect("short").to_be_bytes();
    [&[0xFF, marker], &length[..], body].concat()
}

/// EXIF of a phone: little-endian, orientation, and a GPS directory with text behind.
fn exif(orientation: u8) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0\x02\0".to_vec();
    tiff.extend([0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
    tiff.extend([0x25, 0x88, 4, 0, 1, 0, 0, 0, 38, 0, 0, 0]);
    tiff.extend([0; 4]);
    tiff.extend(SECRET);
    tiff
}

fn jpeg(width: u16, height: u16, segments: &[Vec<u8>]) -> Vec<u8> {
    let frame = [&[8], &height.to_be_bytes()[..], &width.to_be_bytes()[..], &[1, 1, 0x11, 0]].concat();
    let scan = [segment(0xDA, &[1, 1, 0, 0, 63, 0]), vec![0x12, 0xFF, 0, 0x34, 0xFF, 0xD0, 0x56]].concat();
    [vec![0xFF, 0xD8], segments.concat(), segment(0xDB, &[0; 65]), segment(0xC0, &frame), scan, vec![0xFF, 0xD9]].concat()
}

fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let whole = [&name[..], body].concat();
    [&(body.len() as u32).to_be_bytes()[..], &whole, &crc(&whole).to_be_bytes()].concat()
}

fn png(width: u32, height: u32, extra: &[Vec<u8>]) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 0, 0, 0, 0]].concat();
    let data = [0x78, 1, 1, 2, 0, 0xFD, 0xFF, 0, 0, 0, 2, 0, 1];
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IHDR", &header), extra.concat(), chunk(b"IDAT", &data), chunk(b"IEND", &[])].concat()
}

fn part(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let padding = vec![0; body.len() % 2];
    [&name[..], &(body.len() as u32).to_le_bytes(), body, &padding].concat()
}

fn riff(form: &[u8; 4], parts: &[Vec<u8>]) -> Vec<u8> {
    part(b"RIFF", &[&form[..], &parts.concat()].concat())
}

fn block(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [&(body.len() as u32 + 8).to_be_bytes()[..], name, body].concat()
}

fn handler(kind: &[u8; 4]) -> Vec<u8> {
    block(b"hdlr", &[&[0; 8][..], kind, &[0; 13]].concat())
}

fn words(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

fn film(brand: &[u8; 4], described: &[Vec<u8>]) -> Vec<u8> {
    let picture = block(b"trak", &[block(b"mdia", &handler(b"vide")), described.concat()].concat());
    let head = block(b"ftyp", &[&brand[..], &[0; 4]].concat());
    // First in the film's data stand the samples of a track of positions: two chunks, the second with two samples.
    let data_at = head.len() as u32 + 8;
    let first = SECRET.len() as u32;
    let table = [
        block(b"stsz", &words(&[0, 0, 3, first, first, first])),
        block(b"stsc", &words(&[0, 2, 1, 1, 1, 2, 2, 1])),
        block(b"stco", &words(&[0, 2, data_at, data_at + first + 2])),
    ];
    let table = block(b"minf", &block(b"stbl", &table.concat()));
    let places = block(b"trak", &block(b"mdia", &[handler(b"meta"), table].concat()));
    let data = block(b"mdat", &[SECRET, b"vv", SECRET, SECRET, b"film itself"].concat());
    [head, data, block(b"moov", &[picture, places, described.concat()].concat()), described.concat()].concat()
}

fn zip(names: &[&str]) -> Vec<u8> {
    let mut out = b"PK\x03\x04 contents".to_vec();
    let start = out.len() as u32;
    for name in names {
        out.extend(b"PK\x01\x02");
        out.extend([0; 24]);
        out.extend((name.len() as u16).to_le_bytes());
        out.extend([0; 16]);
        out.extend(name.as_bytes());
    }
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend([(names.len() as u16).to_le_bytes(), (names.len() as u16).to_le_bytes()].concat());
    out.extend([[0; 4], start.to_le_bytes()].concat());
    out.extend([0, 0]);
    out
}

fn compound(stream: &str) -> Vec<u8> {
    let mut out = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
    out.resize(512 + 128, 0);
    let mut entry: Vec<u8> = stream.bytes().flat_map(|byte| [byte, 0]).collect();
    entry.resize(128, 0);
    entry[64] = (stream.len() as u8 + 1) * 2;
    entry[66] = 2;
    [out, entry, vec![0; 256]].concat()
}

#[test]
fn photograph_of_a_phone() {
    let original = jpeg(
        40,
        30,
        &[
            segment(0xE1, &[b"Exif\0\0", &exif(6)[..]].concat()),
            segment(0xE1, &[b"http://ns.adobe.com/xap/1.0/\0", SECRET].concat()),
            segment(0xE2, b"ICC_PROFILE\0\x01\x01colours"),
            segment(0xED, SECRET),
            segment(0xFE, SECRET),
            segment(0xEE, b"Adobe\0\x64\0\0\0\0\x01"),
        ],
    );
    let copy = shown(&[&original[..], b"<html>", SECRET].concat());
    let turned = segment(0xE1, &[b"Exif\0\0", &orientation::block(6)[..]].concat());
    let kept = [segment(0xE2, b"ICC_PROFILE\0\x01\x01colours"), segment(0xEE, b"Adobe\0\x64\0\0\0\0\x01")];
    assert_eq!(copy, jpeg(40, 30, &[vec![turned], kept.to_vec()].concat()));
    assert_eq!(orientation::of(&orientation::block(6)), Some(6));
    assert_eq!(look("x.jpg", &jpeg(40, 30, &[])).expect("taken").shown, None);
}

#[test]
fn a_photograph_cut_off_while_sending_is_still_shown() {
    let mut original = jpeg(40, 30, &[segment(0xFE, SECRET)]);
    original.truncate(original.len() - 4);
    assert!(shown(&original).ends_with(&[0xFF, 0xD9]));
    assert_eq!(look("x.jpg", &original[..40]), Err(Reason::Damaged));
}

#[test]
fn thumbnails_of_jfif_go() {
    let original = jpeg(40, 30, &[segment(0xE0, &[b"JFIF\0\x01\x02\0\0\x01\0\x01\x02\x03", SECRET].concat())]);
    assert_eq!(shown(&original), jpeg(40, 30, &[segment(0xE0, b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0")]));
}

#[test]
fn other_pictures() {
    let text = [b"Comment\0", SECRET].concat();
    let original = png(2, 1, &[chunk(b"tEXt", &text), chunk(b"eXIf", &exif(3)), chunk(b"zTXt", &text), chunk(b"gAMA", &[0, 0, 0, 1])]);
    assert_eq!(shown(&original), png(2, 1, &[chunk(b"eXIf", &orientation::block(3)), chunk(b"gAMA", &[0, 0, 0, 1])]));

    let lossy = part(b"VP8 ", &[0, 0, 0, 0x9D, 1, 0x2A, 2, 0, 1, 0]);
    let extended = |flags: u8| part(b"VP8X", &[flags, 0, 0, 0, 1, 0, 0, 0, 0, 0]);
    let original = riff(b"WEBP", &[extended(0x1C), lossy.clone(), part(b"EXIF", &exif(8)), part(b"XMP ", SECRET)]);
    assert_eq!(shown(&original), riff(b"WEBP", &[extended(0x18), lossy.clone(), part(b"EXIF", &orientation::block(8))]));
    let original = riff(b"WEBP", &[extended(0x0C), lossy.clone(), part(b"EXIF", &exif(1))]);
    assert_eq!(shown(&original), riff(b"WEBP", &[extended(0), lossy]));

    let head = b"GIF89a\x02\0\x01\0\x80\0\0\0\0\0\xFF\xFF\xFF";
    let loops = b"\x21\xFF\x0BNETSCAPE2.0\x03\x01\0\0\0";
    let image = b"\x2C\0\0\0\0\x02\0\x01\0\0\x02\x02\x44\x01\0";
    let comment = [b"\x21\xFE\x12", SECRET, b"\0"].concat();
    let program = [b"\x21\xFF\x0BXMP DataXMP\x12", SECRET, b"\0"].concat();
    let original = [&head[..], loops, &comment, &program, image, b"\x3B", SECRET].concat();
    assert_eq!(shown(&original), [&head[..], loops, image, b"\x3B"].concat());
}

#[test]
fn films_keep_their_places_and_lose_the_rest() {
    let described = [
        block(b"udta", &block(b"\xA9xyz", SECRET)),
        block(b"meta", &[handler(b"mdta"), block(b"keys", b"com.apple.quicktime.location.ISO6709"), block(b"ilst", SECRET)].concat()),
        block(b"uuid", SECRET),
        block(b"loci", SECRET),
        block(b"free", SECRET),
    ];
    for (brand, kind) in [(b"isom", Kind::Mp4), (b"qt  ", Kind::Mov), (b"M4A ", Kind::M4a)] {
        let original = film(brand, &described);
        assert_eq!(look("x", &original).expect("taken").kind, kind);
        let copy = shown(&original);
        assert_eq!(copy.len(), original.len());
        assert!(!holds(&copy, b"location"));
        for kept in [&b"vv"[..], b"film itself", b"vide", b"moov"] {
            let place = |bytes: &[u8]| bytes.windows(kept.len()).position(|window| window == kept);
            assert_eq!(place(&copy), place(&original));
            assert!(place(&copy).is_some());
        }
    }
    assert_eq!(look("x.mp4", &[block(b"ftyp", b"isom\0\0\0\0"), block(b"mdat", SECRET)].concat()), Err(Reason::Damaged));
}

#[test]
fn sound_keeps_format_and_sound() {
    let (format, sound) = (part(b"fmt ", &[1; 16]), part(b"data", &[1, 2, 3]));
    let original = riff(b"WAVE", &[part(b"bext", SECRET), format.clone(), sound.clone(), part(b"LIST", SECRET)]);
    assert_eq!(shown(&original), riff(b"WAVE", &[format, sound]));
}

#[test]
fn documents_by_what_they_hold() {
    let office = |part: &str| zip(&["[Content_Types].xml", "_rels/.rels", part]);
    for (bytes, kind) in [
        (office("word/document.xml"), Kind::Docx),
        (office("xl/workbook.xml"), Kind::Xlsx),
        (office("ppt/presentation.xml"), Kind::Pptx),
        (compound("WordDocument"), Kind::Doc),
        (compound("Workbook"), Kind::Xls),
        (compound("PowerPoint Document"), Kind::Ppt),
        (b"%PDF-1.7 ...".to_vec(), Kind::Pdf),
    ] {
        let taken = look("báo cáo.bin", &bytes).expect("taken");
        assert_eq!((taken.kind, taken.shown), (kind, None));
        assert_eq!(taken.name, format!("báo cáo.{}", kind.extensions()[0]));
    }
}

#[test]
fn nothing_else_is_taken() {
    let archive = zip(&["a.txt", "word/other.xml"]);
    let macros = zip(&["[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"]);
    for bytes in [
        &archive[..],
        &macros,
        &compound("__substg1.0_0037001F"),
        b"PK\x03\x04",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
        b"<!doctype html><script>",
        b"MZ\x90\0 a program",
        b"\x7FELF",
        b"#!/bin/sh",
        b"Rar!\x1A\x07",
        b"plain text",
        &block(b"ftyp", b"heic\0\0\0\0"),
        &block(b"ftyp", b"avif\0\0\0\0"),
    ] {
        assert_eq!(look("photo.jpg", bytes), Err(Reason::Type), "{}", bytes.escape_ascii());
    }
    assert_eq!(look("a.jpg", b""), Err(Reason::Empty));
}

#[test]
fn caps() {
    let refused = examine("../\u{202e}a.exe", &vec![0; LIMITS.bytes + 1], &LIMITS).expect_err("too large");
    assert_eq!((refused.name.as_str(), refused.code, refused.number), ("a.exe", "file_too_large", Some(25)));
    let gif = |side: u16| [b"GIF89a", &side.to_le_bytes()[..], &side.to_le_bytes(), b"\0\0\0\x3B"].concat();
    let webp = riff(b"WEBP", &[part(b"VP8X", &[0, 0, 0, 0, 0x5F, 0xEA, 0, 0x5F, 0xEA, 0])]);
    for flood in
        [png(60_000, 60_000, &[]), jpeg(60_000, 60_000, &[]), gif(60_000), webp, png(u32::MAX, u32::MAX, &[]), png(20_000, 20_000, &[])]
    {
        assert_eq!(look("x", &flood), Err(Reason::Picture));
    }
}

#[test]
fn names_are_safe_and_tell_the_truth() {
    for (name, kind, expected) in [
        ("ảnh chụp.JPG", Kind::Jpeg, "ảnh chụp.jpg"),
        ("../../etc/passwd", Kind::Png, "passwd.png"),
        ("C:\\Users\\An\\hóa đơn.pdf", Kind::Pdf, "hóa đơn.pdf"),
        ("h\u{6f}\u{301}a.pdf", Kind::Pdf, "hóa.pdf"),
        ("photo\u{202e}gpj.exe", Kind::Jpeg, "photogpj.jpg"),
        ("a\u{200b}b\0c\r\nd.png", Kind::Png, "abcd.png"),
        ("ảnh.jpeg", Kind::Jpeg, "ảnh.jpeg"),
        ("ảnh.png", Kind::Jpeg, "ảnh.jpg"),
        ("x.pdf.exe", Kind::Pdf, "x.pdf"),
        ("hợp đồng v1.2", Kind::Docx, "hợp đồng v1.2.docx"),
        ("", Kind::Jpeg, "tep-dinh-kem.jpg"),
        (" . . ", Kind::Jpeg, "tep-dinh-kem.jpg"),
        (".jpg", Kind::Jpeg, "tep-dinh-kem.jpg"),
        ("a<b>:\"c\"|d?*.pdf", Kind::Pdf, "a_b___c__d__.pdf"),
        ("thư mục/", Kind::Pdf, "thư mục.pdf"),
    ] {
        assert_eq!(names::clean(name, kind), expected, "{name:?}");
    }
    let long = names::clean(&"ữ".repeat(300), Kind::Pdf);
    assert!(long.len() <= 255 && long.ends_with("ữ.pdf"), "{long}");
}

/// Every kind, then some bytes changed, moved or cut: the walkers must come to an end, and not in a panic.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let described = [block(b"udta", SECRET), block(b"free", SECRET)];
    let seeds = vec![
        jpeg(4, 3, &[segment(0xE0, b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0"), segment(0xE1, &[b"Exif\0\0", &exif(6)[..]].concat())]),
        png(2, 1, &[chunk(b"eXIf", &exif(3))]),
        riff(b"WEBP", &[part(b"VP8X", &[8, 0, 0, 0, 1, 0, 0, 0, 0, 0]), part(b"VP8L", &[0x2F, 0, 0, 0, 0]), part(b"EXIF", &exif(8))]),
        riff(b"WAVE", &[part(b"fmt ", &[1; 16]), part(b"data", &[1, 2, 3])]),
        [&b"GIF89a\x02\0\x01\0\x80\0\0\0\0\0\xFF\xFF\xFF"[..], b"\x21\xFE\x01a\0\x2C\0\0\0\0\x02\0\x01\0\0\x02\x02\x44\x01\0\x3B"].concat(),
        film(b"isom", &described),
        zip(&["[Content_Types].xml", "word/document.xml"]),
        compound("Workbook"),
    ];
    let change = (any::<prop::sample::Index>(), prop_oneof![Just(0), Just(0xFF), any::<u8>()]);
    (
        prop::sample::select(seeds),
        prop::collection::vec(change, 0..8),
        any::<prop::sample::Index>(),
        prop::collection::vec(any::<u8>(), 0..20),
    )
        .prop_map(|(mut bytes, changes, cut, more)| {
            for (place, value) in changes {
                let place = place.index(bytes.len());
                bytes[place] = value;
            }
            if value_is_even(&more) {
                bytes.truncate(cut.index(bytes.len() + 1));
            }
            bytes.extend(more);
            bytes
        })
}

fn value_is_even(more: &[u8]) -> bool {
    more.first().is_none_or(|byte| byte % 2 == 0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn any_bytes_end_well(bytes in damaged(), name in "\\PC{0,40}") {
        if let Ok(taken) = look(&name, &bytes) {
            prop_assert!(taken.name.len() <= 255);
            if let Some(copy) = taken.shown {
                let again = look(&name, &copy);
                // Damaged tables of a film may point at anything, themselves included.
                let film = matches!(taken.kind, Kind::Mp4 | Kind::Mov | Kind::M4a);
                prop_assert!(film || again.map(|again| again.shown) == Ok(None));
                prop_assert!(!film || copy.len() == bytes.len());
            }
        }
    }

    #[test]
    fn any_name_is_cleaned_once_and_for_all(name in "\\PC{0,40}|[./\\\\ ajpg\u{202e}\u{301}]{0,300}") {
        let clean = names::clean(&name, Kind::Jpeg);
        prop_assert!(clean.len() <= 255 && clean.len() > 4);
        let unsafe_part = clean.contains(['/', '\\', '\u{202e}', '\0']) || clean.starts_with('.');
        prop_assert!(!unsafe_part);
        prop_assert_eq!(names::clean(&clean, Kind::Jpeg), clean);
    }
}
