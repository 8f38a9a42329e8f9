//! A small writer of XML: elements and attributes in order, everything escaped.

/// XML text under way.
#[derive(Default)]
pub(super) struct Xml {
    out: String,
    /// Elements that are open; the start tag of the last may still take attributes.
    open: Vec<String>,
    in_tag: bool,
}

impl Xml {
    /// Begins a document.
    pub(super) fn declaration(&mut self) -> &mut Self {
        self.out.push_str("<?xml version=\"1.0\"?>\n");
        self
    }

    /// Opens an element.
    pub(super) fn open(&mut self, name: &str) -> &mut Self {
        self.end_tag();
        self.out.push('<');
        self.out.push_str(name);
        self.open.push(name.to_owned());
        self.in_tag = true;
        self
    }

    /// Adds an attribute to the element just opened.
    pub(super) fn attribute(&mut self, name: &str, value: &str) -> &mut Self {
        debug_assert!(self.in_tag, "an attribute belongs to a start tag");
        self.out.push(' ');
        self.out.push_str(name);
        self.out.push_str("=\"");
        for c in value.chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                // Readers turn line ends of an attribute into blanks; saying so keeps what one sees what one gets.
                '\n' | '\t' => self.out.push(' '),
                other => self.out.push(other),
            }
        }
        self.out.push('"');
        self
    }

    /// Adds text.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.end_tag();
        for c in text.chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                other => self.out.push(other),
            }
        }
        self
    }

    /// Closes the element opened last.
    pub(super) fn close(&mut self) -> &mut Self {
        let name = self.open.pop().expect("what is closed was opened");
        if self.in_tag {
            self.out.push_str("/>");
            self.in_tag = false;
        } else {
            self.out.push_str("</");
            self.out.push_str(&name);
            self.out.push('>');
        }
        self
    }

    /// An element with text and nothing else.
    pub(super) fn leaf(&mut self, name: &str, text: &str) -> &mut Self {
        self.open(name);
        if !text.is_empty() {
            self.text(text);
        }
        self.close()
    }

    /// Begins a line, where blanks mean nothing.
    pub(super) fn line(&mut self) -> &mut Self {
        self.end_tag();
        self.out.push('\n');
        self
    }

    /// Bytes written so far.
    pub(super) fn len(&self) -> usize {
        self.out.len()
    }

    /// The text, once everything is closed.
    pub(super) fn finish(self) -> String {
        debug_assert!(self.open.is_empty(), "everything is closed");
        self.out
    }

    fn end_tag(&mut self) {
        if self.in_tag {
            self.out.push('>');
            self.in_tag = false;
        }
    }
}
