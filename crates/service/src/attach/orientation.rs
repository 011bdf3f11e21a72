//! The one thing of EXIF that is kept: which side is up. Without it, photographs of phones lie on their side.

/// 1 to 8 as in EXIF tag 0x0112; `None` when the block says nothing or stands upright (1).
pub fn of(tiff: &[u8]) -> Option<u8> {
    let little = match tiff.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let short = |at: usize| if little { super::le16(tiff, at) } else { super::be16(tiff, at) };
    let long = |at: usize| if little { super::le32(tiff, at) } else { super::be32(tiff, at) };
    let directory = long(4)? as usize;
    let entries = usize::from(short(directory)?);
    let entry = (0..entries).map(|n| directory + 2 + 12 * n).find(|at| short(*at) == Some(0x0112))?;
    let value = short(entry + 8)?;
    u8::try_from(value).ok().filter(|value| (2..=8).contains(value))
}

/// A TIFF block that says nothing but this.
pub fn block(orientation: u8) -> [u8; 26] {
    let mut tiff = *b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0";
    tiff[19] = orientation;
    tiff
}
