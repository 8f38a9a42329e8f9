//! The sheet every drawing is made on: the frame around it, and the few marks it is made of.

use super::palette::{INK, LINE, MUTED};
use dtm_model::Lang;
use std::fmt::{self, Write};

/// The fonts a drawing asks for, best first; none is embedded.
pub const FONT: &str = "Inter, Open Sans, system-ui, sans-serif";

/// A drawing, complete in itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Svg(pub String);

impl Svg {
    /// The SVG's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Width over height, by the view box.
    pub(crate) fn aspect(&self) -> Option<f64> {
        let (width, height) = self.size()?;
        Some(width / height)
    }

    /// Width and height in px, by the view box.
    pub(crate) fn size(&self) -> Option<(f64, f64)> {
        let from = self.0.find("viewBox=\"")? + "viewBox=\"".len();
        let box_ = self.0[from..].split('"').next()?;
        let numbers: Vec<f64> = box_.split_whitespace().filter_map(|n| n.parse().ok()).collect();
        match numbers[..] {
            [_, _, width, height] if width > 0.0 && height > 0.0 => Some((width, height)),
            _ => None,
        }
    }
}

impl fmt::Display for Svg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a drawing that stands alone says above and below itself.
#[derive(Clone, Copy, Debug)]
pub struct Caption<'a> {
    /// The heading.
    pub heading: &'a str,
    /// Source, date and disclaimer.
    pub source: &'a str,
}

/// What every drawing needs to know.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Prefix of the ids inside, so that several drawings can stand in one page: letters and digits.
    pub id: &'a str,
    /// The drawing's name for those who do not see it.
    pub title: &'a str,
    /// What it shows, in a sentence or two, for those who do not see it.
    pub desc: &'a str,
    /// The language of its words and numbers.
    pub lang: Lang,
    /// Width in px; letters are 11 px high, whatever the width. A caption adds a margin.
    pub width: f64,
    /// Font families.
    pub font: &'a str,
    /// Heading and source, for a drawing that leaves its page.
    pub caption: Option<Caption<'a>>,
}

impl<'a> Frame<'a> {
    /// A frame of 360 px without a caption.
    pub fn new(id: &'a str, title: &'a str, desc: &'a str, lang: Lang) -> Self {
        Self { id, title, desc, lang, width: 360.0, font: FONT, caption: None }
    }

    /// The same frame of another width.
    pub fn with_width(self, width: f64) -> Self {
        Self { width, ..self }
    }

    /// The same frame with other fonts.
    pub fn with_font(self, font: &'a str) -> Self {
        Self { font, ..self }
    }

    /// The same frame with a heading above and the source below.
    pub fn with_caption(self, heading: &'a str, source: &'a str) -> Self {
        Self { caption: Some(Caption { heading, source }), ..self }
    }
}

/// Where a text hangs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A coordinate with at most one decimal.
pub(super) fn n(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    if rounded == 0.0 || !rounded.is_finite() {
        return "0".to_owned();
    }
    let text = format!("{rounded:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// The text as XML character data, without the characters that XML forbids.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' => escaped.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// The width of a text in a proportional sans-serif face, to within a tenth or so.
pub fn text_width(text: &str, size: f64) -> f64 {
    let ems: f64 = text
        .chars()
        .map(|c| match c {
            'i' | 'j' | 'l' | 'I' | '.' | ',' | '\'' | '’' | '|' | ':' | ';' | '!' => 0.27,
            'f' | 't' | 'r' | '(' | ')' | '-' | ' ' | '\u{a0}' => 0.35,
            '\u{202f}' => 0.2,
            'm' | 'w' | 'M' | 'W' | '%' | '—' => 0.9,
            c if c.is_uppercase() => 0.7,
            c if (c as u32) > 0x2e80 => 1.0,
            _ => 0.62,
        })
        .sum();
    ems * size
}

/// The text cut to fit the width, with an ellipsis where something is lost.
pub(super) fn fit(text: &str, size: f64, width: f64) -> String {
    if text_width(text, size) <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        if text_width(&kept, size) + 0.6 * size > width {
            kept.pop();
            break;
        }
    }
    format!("{}…", kept.trim_end())
}

/// The text broken at blanks into lines that fit the width.
pub(super) fn wrap(text: &str, size: f64, width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if text_width(line, size) + text_width(word, size) + 0.35 * size <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A sheet being drawn on.
pub(super) struct Canvas<'a> {
    pub(super) frame: Frame<'a>,
    body: String,
}

impl<'a> Canvas<'a> {
    pub(super) fn new(frame: Frame<'a>) -> Self {
        Self { frame, body: String::new() }
    }

    pub(super) fn raw(&mut self, markup: &str) {
        self.body.push_str(markup);
    }

    pub(super) fn put(&mut self, args: fmt::Arguments<'_>) {
        self.body.write_fmt(args).expect("writing to a String does not fail");
    }

    pub(super) fn text(&mut self, x: f64, y: f64, anchor: Anchor, text: &str) {
        self.styled(x, y, anchor, "", text);
    }

    pub(super) fn muted(&mut self, x: f64, y: f64, anchor: Anchor, text: &str) {
        self.styled(x, y, anchor, &format!(" fill=\"{MUTED}\""), text);
    }

    pub(super) fn bold(&mut self, x: f64, y: f64, anchor: Anchor, text: &str) {
        self.styled(x, y, anchor, " font-weight=\"600\"", text);
    }

    pub(super) fn styled(&mut self, x: f64, y: f64, anchor: Anchor, attributes: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        self.put(format_args!("<text x=\"{}\" y=\"{}\"{anchor}{attributes}>{}</text>", n(x), n(y), escape(text)));
    }

    pub(super) fn rect(&mut self, x: f64, y: f64, width: f64, height: f64, attributes: &str) {
        self.put(format_args!(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" {attributes}/>",
            n(x),
            n(y),
            n(width.max(0.0)),
            n(height.max(0.0))
        ));
    }

    pub(super) fn rule(&mut self, x1: f64, y1: f64, x2: f64, y2: f64) {
        self.put(format_args!(
            "<path d=\"M{} {}L{} {}\" stroke=\"{LINE}\" fill=\"none\"/>",
            n(x1),
            n(y1),
            n(x2),
            n(y2)
        ));
    }

    /// The sheet finished at this height, with the patterns of the states defined, and the caption where one is asked.
    pub(super) fn finish(self, height: f64) -> Svg {
        let Frame { id, title, desc, lang, width, font, caption } = self.frame;
        let mut around = String::new();
        let (mut top, mut bottom, mut margin) = (0.0, 0.0, 0.0);
        if let Some(Caption { heading, source }) = caption {
            margin = 12.0;
            // Bold letters are a tenth wider.
            let lines = wrap(heading, 16.5, width);
            for (at, line) in lines.iter().enumerate() {
                let y = 24.0 + 19.0 * at as f64;
                around.push_str(&format!(
                    "<text x=\"12\" y=\"{}\" font-size=\"15\" font-weight=\"600\">{}</text>",
                    n(y),
                    escape(line)
                ));
            }
            top = 20.0 + 19.0 * lines.len() as f64;
            let lines = wrap(source, 9.0, width);
            for (at, line) in lines.iter().enumerate() {
                let y = top + height + 14.0 + 12.0 * at as f64;
                around.push_str(&format!(
                    "<text x=\"12\" y=\"{}\" font-size=\"9\" fill=\"{MUTED}\">{}</text>",
                    n(y),
                    escape(line)
                ));
            }
            bottom = 14.0 + 12.0 * lines.len() as f64;
        }
        let (total, width) = (top + height + bottom, width + 2.0 * margin);
        // A picture has nothing to press; what leads somewhere is a group of links.
        let role = if self.body.contains("<a ") { "group" } else { "img" };
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" role=\"{role}\" \
             aria-labelledby=\"{id}-t {id}-d\" lang=\"{lang}\" font-family=\"{font}\" font-size=\"11\" fill=\"{INK}\">\
             <title id=\"{id}-t\">{title}</title><desc id=\"{id}-d\">{desc}</desc>",
            w = n(width),
            h = n(total),
            lang = lang.code(),
            font = escape(font),
            title = escape(title),
            desc = escape(desc),
        );
        let patterns = [
            (
                "n",
                "width=\"6\" height=\"6\" patternTransform=\"rotate(45)\"",
                "<path d=\"M0 0h6v6h-6z\" fill=\"#EEE\"/><path d=\"M0 0v6\" stroke=\"#9AA3B2\" stroke-width=\"2\"/>",
            ),
            (
                "h",
                "width=\"5\" height=\"5\"",
                "<path d=\"M0 0h5v5h-5z\" fill=\"#F7F3E8\"/><circle cx=\"2.5\" cy=\"2.5\" r=\"1.1\" fill=\"#6B5A2E\"/>",
            ),
            ("c", "width=\"5\" height=\"5\"", "<path d=\"M0 2.5h5\" stroke=\"#14213D\" stroke-opacity=\".75\"/>"),
        ];
        let mut defs = String::new();
        for (state, size, marks) in patterns {
            if self.body.contains(&format!("url(#{id}-{state})")) {
                defs.push_str(&format!(
                    "<pattern id=\"{id}-{state}\" {size} patternUnits=\"userSpaceOnUse\">{marks}</pattern>"
                ));
            }
        }
        if !defs.is_empty() {
            svg.push_str(&format!("<defs>{defs}</defs>"));
        }
        if caption.is_some() {
            svg.push_str(&format!("<path d=\"M0 0h{}v{}H0z\" fill=\"#fff\"/>", n(width), n(total)));
        }
        svg.push_str(&around);
        if top > 0.0 {
            svg.push_str(&format!("<g transform=\"translate({} {})\">{}</g>", n(margin), n(top), self.body));
        } else {
            svg.push_str(&self.body);
        }
        svg.push_str("</svg>");
        Svg(svg)
    }
}
