//! How does a document become a PDF, page by page, without being held in memory?
//!
//! Each page leaves as soon as it is drawn. What only the end knows (which letters the fonts need, how many pages there
//! are) is referred to by number before and written last, as PDF allows. Kept in memory: the page at hand and eight
//! bytes for each object written.
//!
//! Nothing here depends on time or chance: the same facts give the same bytes.

mod canvas;
mod font;

pub(crate) use canvas::{Canvas, FOOT, Style};
pub(crate) use font::Face;

use canvas::points;
use flate2::{Compress, Compression, FlushCompress, Status};
use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Chunk, Content, Filter, Finish, Name, Rect, Ref, Str, TextStr};
use std::io::{self, Write};

/// A length: thousandths of a typographic point, 2835 to the millimetre. Whole numbers, so that a page looks the same
/// wherever it is made.
pub(crate) type Length = i32;

/// From millimetres.
pub(crate) const fn mm(millimetres: i32) -> Length {
    millimetres * 2_835
}

/// From tenths of a typographic point.
pub(crate) const fn tenths(tenths: i32) -> Length {
    tenths * 100
}

/// A PDF on its way out.
pub(crate) struct Pdf<W> {
    out: Counted<W>,
    /// Where each object begins, by its number less one.
    offsets: Vec<u64>,
    /// What the page at hand is drawn on.
    pub(crate) canvas: Canvas,
    compress: Compress,
    fonts: [Ref; 3],
    /// The number of pages as a drawing, written last.
    total: Ref,
    tree: PageTree,
}

/// Pages hang on branches of a fixed size and these on the root, so that a viewer finds page 9,000 quickly.
struct PageTree {
    root: Ref,
    branches: Vec<Ref>,
    /// The branch at hand and its pages so far.
    branch: Option<(Ref, Vec<Ref>)>,
    pages: i32,
}

impl<W: Write> Pdf<W> {
    /// Opens a document.
    pub(crate) fn begin(out: W) -> io::Result<Self> {
        let mut out = Counted { out, written: 0 };
        // The comment's high bytes tell programs that transfer files that this one is binary.
        out.write_all(b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n")?;
        let mut offsets = Vec::new();
        let [regular, bold, mono, total, root] = [(); 5].map(|()| reserve(&mut offsets));
        Ok(Self {
            out,
            offsets,
            canvas: Canvas::new(),
            compress: Compress::new(Compression::new(COMPRESSION), true),
            fonts: [regular, bold, mono],
            total,
            tree: PageTree { root, branches: Vec::new(), branch: None, pages: 0 },
        })
    }

    /// How many pages have left.
    pub(crate) fn pages(&self) -> i32 {
        self.tree.pages
    }

    /// Writes what was drawn as the next page, of this size.
    pub(crate) fn close_page(&mut self, width: Length, height: Length) -> io::Result<()> {
        let drawing = self.canvas.take(height);
        let drawing = self.packed(&drawing)?;
        let (page, contents, branch) = (self.reserve(), self.reserve(), self.branch_for_a_page());
        if let Some((_, kids)) = &mut self.tree.branch {
            kids.push(page);
        }
        self.tree.pages += 1;
        let mut chunk = Chunk::new();
        let mut entry = chunk.page(page);
        entry.parent(branch).contents(contents).media_box(Rect::new(0.0, 0.0, points(width), points(height)));
        let mut resources = entry.resources();
        let mut named = resources.fonts();
        for (face, font) in Face::ALL.into_iter().zip(self.fonts) {
            named.pair(face.resource(), font);
        }
        named.finish();
        resources.x_objects().pair(TOTAL, self.total);
        resources.finish();
        entry.finish();
        self.write(page, &chunk)?;
        self.write_stream(contents, &drawing, |_| ())?;
        if self.tree.branch.as_ref().is_some_and(|(_, kids)| kids.len() == PAGES_ON_A_BRANCH) {
            self.close_branch()?;
        }
        Ok(())
    }

    /// Writes what only the end knows, and gives back what was written to.
    pub(crate) fn finish(mut self, title: &str) -> io::Result<W> {
        self.close_branch()?;
        self.write_total()?;
        for (face, font) in Face::ALL.into_iter().zip(self.fonts) {
            self.write_font(face, font)?;
        }
        let mut chunk = Chunk::new();
        chunk.pages(self.tree.root).kids(self.tree.branches.iter().copied()).count(self.tree.pages);
        self.write(self.tree.root, &chunk)?;
        let (catalog, info) = (self.reserve(), self.reserve());
        let mut chunk = Chunk::new();
        let mut entry = chunk.indirect(catalog).dict();
        entry.pair(Name(b"Type"), Name(b"Catalog")).pair(Name(b"Pages"), self.tree.root);
        entry.pair(Name(b"Lang"), TextStr("tr-TR"));
        entry.insert(Name(b"ViewerPreferences")).dict().pair(Name(b"DisplayDocTitle"), true);
        entry.finish();
        self.write(catalog, &chunk)?;
        let mut chunk = Chunk::new();
        let mut entry = chunk.indirect(info).dict();
        entry.pair(Name(b"Title"), TextStr(title)).pair(Name(b"Creator"), TextStr("e-birlik"));
        entry.finish();
        self.write(info, &chunk)?;
        self.write_table(catalog, info)
    }

    /// The table of objects and the trailer.
    fn write_table(mut self, catalog: Ref, info: Ref) -> io::Result<W> {
        let (table, objects) = (self.out.written, self.offsets.len() + 1);
        write!(self.out, "xref\n0 {objects}\n0000000000 65535 f \n")?;
        for offset in &self.offsets {
            writeln!(self.out, "{offset:010} 00000 n ")?;
        }
        let (catalog, info) = (catalog.get(), info.get());
        write!(self.out, "trailer\n<< /Size {objects} /Root {catalog} 0 R /Info {info} 0 R >>\n")?;
        write!(self.out, "startxref\n{table}\n%%EOF\n")?;
        self.out.flush()?;
        Ok(self.out.out)
    }

    /// The number of pages, drawn in the style of the foot.
    fn write_total(&mut self) -> io::Result<()> {
        let mut content = Content::new();
        let total = self.tree.pages.to_string();
        let font = self.canvas.font(Face::Regular);
        let (letters, width) = font.encode(&total, FOOT.size);
        content.begin_text().set_fill_gray(FOOT.grey());
        content.set_font(Face::Regular.resource(), points(FOOT.size)).show(Str(&letters)).end_text();
        let content = content.finish().into_vec();
        let mut chunk = Chunk::new();
        let mut form = chunk.form_xobject(self.total, &content);
        form.bbox(Rect::new(0.0, points(-FOOT.size), points(width), points(FOOT.size)));
        form.resources().fonts().pair(Face::Regular.resource(), *self.fonts.first().unwrap_or(&self.total));
        form.finish();
        self.write(self.total, &chunk)
    }

    /// A font with the glyphs that were drawn, and which letters these are, so that text can be copied and searched.
    fn write_font(&mut self, face: Face, reference: Ref) -> io::Result<()> {
        let [descendant, descriptor, file, unicode] = [(); 4].map(|()| self.reserve());
        let font = self.canvas.font(face);
        let (name, subset, metrics) = (font.subset_name(), font.subset(), font.metrics());
        let system = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };
        let mut map = UnicodeCmap::new(Name(b"Adobe-Identity-UCS"), SystemInfo { ordering: Str(b"UCS"), ..system });
        font.drawn().iter().for_each(|glyph| map.pair(glyph.id, glyph.letter));
        let map = map.finish().into_vec();

        let mut type0 = Chunk::new();
        type0
            .type0_font(reference)
            .base_font(Name(name.as_bytes()))
            .encoding_predefined(Name(b"Identity-H"))
            .descendant_font(descendant)
            .to_unicode(unicode);
        let mut cid = Chunk::new();
        let mut entry = cid.cid_font(descendant);
        entry.subtype(CidFontType::Type2).base_font(Name(name.as_bytes())).system_info(system);
        entry.font_descriptor(descriptor).default_width(0.0).cid_to_gid_map_predefined(Name(b"Identity"));
        entry.widths().consecutive(1, font.drawn().iter().map(|glyph| points(font.in_em(glyph.advance.into(), EM))));
        entry.finish();
        let mut described = Chunk::new();
        let [left, bottom, right, top] = metrics.bounds.map(points);
        described
            .font_descriptor(descriptor)
            .name(Name(name.as_bytes()))
            .flags(FontFlags::SYMBOLIC)
            .bbox(Rect::new(left, bottom, right, top))
            .italic_angle(0.0)
            .ascent(points(metrics.ascent))
            .descent(points(metrics.descent))
            .cap_height(points(metrics.cap_height))
            .stem_v(if face == Face::Regular { 80.0 } else { 140.0 })
            .font_file2(file);

        self.write(reference, &type0)?;
        self.write(descendant, &cid)?;
        self.write(descriptor, &described)?;
        let packed = self.packed(&subset)?;
        let length = i32::try_from(subset.len()).unwrap_or(i32::MAX);
        self.write_stream(file, &packed, |stream| {
            stream.pair(Name(b"Length1"), length);
        })?;
        let packed = self.packed(&map)?;
        self.write_stream(unicode, &packed, |_| ())
    }

    /// The branch that the next page hangs on.
    fn branch_for_a_page(&mut self) -> Ref {
        if let Some((branch, _)) = &self.tree.branch {
            return *branch;
        }
        let branch = self.reserve();
        self.tree.branches.push(branch);
        self.tree.branch = Some((branch, Vec::with_capacity(PAGES_ON_A_BRANCH)));
        branch
    }

    fn close_branch(&mut self) -> io::Result<()> {
        let Some((branch, kids)) = self.tree.branch.take() else { return Ok(()) };
        let mut chunk = Chunk::new();
        let count = i32::try_from(kids.len()).unwrap_or(i32::MAX);
        chunk.pages(branch).parent(self.tree.root).kids(kids).count(count);
        self.write(branch, &chunk)
    }

    fn reserve(&mut self) -> Ref {
        reserve(&mut self.offsets)
    }

    /// Writes one object, which the chunk holds, and remembers where.
    fn write(&mut self, reference: Ref, chunk: &Chunk) -> io::Result<()> {
        let place = usize::try_from(reference.get() - 1).ok().and_then(|place| self.offsets.get_mut(place));
        if let Some(offset) = place {
            *offset = self.out.written;
        }
        self.out.write_all(chunk.as_bytes())
    }

    /// Writes a stream whose bytes are packed already.
    fn write_stream(
        &mut self,
        reference: Ref,
        packed: &[u8],
        more: impl FnOnce(&mut pdf_writer::Stream<'_>),
    ) -> io::Result<()> {
        let mut chunk = Chunk::with_capacity(packed.len() + 128);
        let mut stream = chunk.stream(reference, packed);
        stream.filter(Filter::FlateDecode);
        more(&mut stream);
        stream.finish();
        self.write(reference, &chunk)
    }

    fn packed(&mut self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        self.compress.reset();
        let mut packed = Vec::with_capacity(bytes.len() / 2 + 128);
        loop {
            let read = usize::try_from(self.compress.total_in()).unwrap_or(usize::MAX);
            let rest = bytes.get(read..).unwrap_or_default();
            let status = self.compress.compress_vec(rest, &mut packed, FlushCompress::Finish);
            if status.map_err(io::Error::other)? == Status::StreamEnd {
                return Ok(packed);
            }
            packed.reserve(packed.capacity().max(128));
        }
    }
}

/// The number of the next object.
fn reserve(offsets: &mut Vec<u64>) -> Ref {
    offsets.push(0);
    Ref::new(i32::try_from(offsets.len()).unwrap_or(i32::MAX))
}

/// A writer that knows how far it has come.
struct Counted<W> {
    out: W,
    written: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.written += u64::try_from(written).unwrap_or_default();
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The name by which pages draw the number of pages.
const TOTAL: Name<'static> = Name(b"T");

/// Metrics of fonts are told in thousandths of their size.
const EM: Length = 1_000_000;

/// As zlib counts, of 9: what more costs twice the time and saves a few per cent.
const COMPRESSION: u32 = 6;

const PAGES_ON_A_BRANCH: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(number: usize) -> Vec<u8> {
        let mut pdf = Pdf::begin(Vec::new()).unwrap();
        for page in 1..=number {
            pdf.canvas.text(mm(10), mm(10), Style::new(Face::Regular, 90, 100), &page.to_string());
            pdf.close_page(mm(210), mm(297)).unwrap();
        }
        pdf.finish("İğne").unwrap()
    }

    #[test]
    fn every_object_is_where_the_table_says() {
        let bytes = pages(130);
        let find = |needle: &[u8]| bytes.windows(needle.len()).rposition(|window| window == needle).unwrap();
        let end = String::from_utf8_lossy(&bytes[find(b"startxref")..]).into_owned();
        let table: usize = end.lines().nth(1).unwrap().parse().unwrap();
        let text = String::from_utf8_lossy(&bytes[table..]).into_owned();
        let offsets: Vec<usize> = text
            .lines()
            .skip(3)
            .take_while(|line| line.ends_with(" n "))
            .map(|line| line[..10].parse().unwrap())
            .collect();
        assert!(offsets.len() > 260, "two for each page");
        for (offset, number) in offsets.iter().zip(1..) {
            let head = format!("{number} 0 obj");
            assert!(bytes[*offset..].starts_with(head.as_bytes()), "object {number} is not at {offset}");
        }
    }

    #[test]
    fn the_same_pages_are_the_same_bytes() {
        assert_eq!(pages(3), pages(3));
    }
}
