//! A drawing as a PNG, for what shows no SVG: Word, slides, messages.

use super::Svg;
use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};
use std::sync::{Arc, LazyLock};

/// Why no picture came out. Both are faults of ours, for the log.
#[derive(Debug, thiserror::Error)]
pub enum RasterError {
    /// The drawing is no SVG that can be read.
    #[error("the drawing could not be read")]
    Read(#[from] resvg::usvg::Error),
    /// It has no size, or one that no memory holds.
    #[error("the drawing could not be made a picture of {width} by {height}")]
    Size {
        /// Width in px.
        width: u32,
        /// Height in px.
        height: u32,
    },
    /// The picture could not be compressed.
    #[error("the picture could not be written: {0}")]
    Write(String),
}

/// The fonts of our documents: a picture looks the same on every machine.
static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    for data in typst_assets::fonts() {
        fonts.load_font_data(data.to_vec());
    }
    fonts.set_sans_serif_family("Libertinus Serif");
    fonts.set_serif_family("Libertinus Serif");
    Arc::new(fonts)
});

/// Draws the SVG on white, `scale` dots for each of its px.
pub fn png(svg: &Svg, scale: f32) -> Result<Vec<u8>, RasterError> {
    let options = Options { fontdb: FONTS.clone(), font_family: "Libertinus Serif".to_owned(), ..Options::default() };
    let tree = Tree::from_str(svg.as_str(), &options)?;
    let size = tree.size().to_int_size();
    let (width, height) = ((size.width() as f32 * scale).ceil() as u32, (size.height() as f32 * scale).ceil() as u32);
    let mut picture = Pixmap::new(width, height).ok_or(RasterError::Size { width, height })?;
    picture.fill(Color::WHITE);
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut picture.as_mut());
    picture.encode_png().map_err(|error| RasterError::Write(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_becomes_a_picture_with_its_words() {
        let drawing = |text: &str| {
            Svg(format!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 90 30\" width=\"90\" height=\"30\" \
                 font-family=\"Inter, system-ui, sans-serif\"><text x=\"5\" y=\"20\">{text}</text></svg>"
            ))
        };
        let picture = png(&drawing("127 977"), 2.0).unwrap();
        let read = Pixmap::decode_png(&picture).unwrap();
        assert_eq!((read.width(), read.height()), (180, 60));
        assert!(read.pixels().iter().any(|dot| dot.red() < 80), "the words are drawn");
        let other = Pixmap::decode_png(&png(&drawing("7"), 2.0).unwrap()).unwrap();
        assert_ne!(read.data(), other.data());
    }
}
