//! The question types of XLSForm, their older names, and what each becomes in an XForm.

/// The body element of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Control {
    /// Not shown.
    None,
    Input,
    Trigger,
    /// A file of this media type.
    Upload(&'static str),
    SelectOne,
    SelectMultiple,
    Rank,
    Range,
}

/// A type of question.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct QuestionType {
    /// The name in use today.
    pub(super) name: &'static str,
    pub(super) control: Control,
    /// What the bind says unless the row says otherwise.
    pub(super) bind: &'static [(&'static str, &'static str)],
    /// Shown when the row has no hint.
    pub(super) hint: &'static str,
    /// Older names, and names that mean the same.
    pub(super) aliases: &'static [&'static str],
}

/// The type of this name.
pub(super) fn question_type(word: &str) -> Option<&'static QuestionType> {
    TYPES.iter().find(|known| known.name == word).or_else(|| TYPES.iter().find(|known| known.aliases.contains(&word)))
}

/// The type's own name where a row's word is it or means exactly it; other older words take no parameters and get none
/// of the type's special care.
pub(super) fn exact_name(known: &'static QuestionType, word: &str) -> &'static str {
    const SAME: [(&str, &str); 7] = [
        ("photo", "image"),
        ("add image prompt", "image"),
        ("add photo prompt", "image"),
        ("add audio prompt", "audio"),
        ("add video prompt", "video"),
        ("add file prompt", "file"),
        ("imei", "deviceid"),
    ];
    if word == known.name || SAME.contains(&(word, known.name)) { known.name } else { "" }
}

/// Every word that may begin a type, for suggestions.
pub(super) fn type_words() -> Vec<&'static str> {
    let names = TYPES.iter().filter(|known| !known.name.contains(' ')).map(|known| known.name);
    let selects = ["select_one", "select_multiple", "select_one_from_file", "select_multiple_from_file", "rank"];
    let blocks = ["begin_group", "end_group", "begin_repeat", "end_repeat", "select_one_external"];
    names.chain(selects).chain(blocks).collect()
}

/// How choices are offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SelectKind {
    One,
    Multiple,
    Rank,
    /// Choices of the external_choices sheet, by a query.
    External,
}

/// A type such as `select_one sex or_other`, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SelectType<'a> {
    pub(super) kind: SelectKind,
    /// The words before the list.
    pub(super) command: &'static str,
    pub(super) list: &'a str,
    pub(super) or_other: bool,
}

/// In this order: the first that fits the whole word is meant.
const SELECTS: &[(&str, SelectKind)] = &[
    ("add select one prompt using", SelectKind::One),
    ("add select multiple prompt using", SelectKind::Multiple),
    ("select all that apply from", SelectKind::Multiple),
    ("select one from", SelectKind::One),
    ("select1", SelectKind::One),
    ("select_one", SelectKind::One),
    ("select one", SelectKind::One),
    ("select_multiple", SelectKind::Multiple),
    ("select all that apply", SelectKind::Multiple),
    ("select_one_external", SelectKind::External),
    ("select_one_from_file", SelectKind::One),
    ("select_multiple_from_file", SelectKind::Multiple),
    ("select one from file", SelectKind::One),
    ("select multiple from file", SelectKind::Multiple),
    ("rank", SelectKind::Rank),
];

/// Other words for a select, which would need a list.
const SELECT_WORDS: [&str; 5] =
    ["q select", "q select1", "select one using", "select multiple from", "select multiple using"];

/// Takes a select apart; an error says that it names no list.
pub(super) fn select_type(word: &str) -> Option<Result<SelectType<'_>, ()>> {
    for (command, kind) in SELECTS {
        let Some(rest) = word.strip_prefix(command).and_then(|rest| rest.strip_prefix(' ')) else { continue };
        let (list, tail) = rest.split_once(' ').unwrap_or((rest, ""));
        let or_other = matches!(tail, "or specify other" | "or_other" | "or other");
        if (rest == list || or_other) && !list.is_empty() && !list.contains(char::is_whitespace) {
            return Some(Ok(SelectType { kind: *kind, command, list, or_other }));
        }
    }
    let names_none = SELECT_WORDS.contains(&word) || SELECTS.iter().any(|(command, _)| *command == word);
    names_none.then_some(Err(()))
}

impl SelectType<'_> {
    /// Whether the choices come from a file by name.
    pub(super) fn is_from_file(&self) -> bool {
        self.command.ends_with("file")
    }

    /// Whether the columns of the file can be named.
    pub(super) fn takes_columns(&self) -> bool {
        matches!(self.command, "select_one_from_file" | "select_multiple_from_file")
    }
}

impl SelectKind {
    /// The question type that a select is in the form.
    pub(super) fn question_type(self) -> &'static QuestionType {
        match self {
            SelectKind::One => &SELECT_ONE,
            SelectKind::Multiple => &SELECT_MULTIPLE,
            SelectKind::Rank => &RANK,
            SelectKind::External => &SELECT_EXTERNAL,
        }
    }
}

/// A row that opens or closes a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block {
    Group,
    Repeat,
    Loop,
}

impl Block {
    const WORDS: [(&'static str, Block); 5] = [
        ("group", Block::Group),
        ("lgroup", Block::Repeat),
        ("repeat", Block::Repeat),
        ("loop", Block::Loop),
        ("looped group", Block::Repeat),
    ];

    /// Reads `begin_group`, `begin repeat`, `begin loop over list`; a list may follow any of them.
    pub(super) fn opened_by(word: &str) -> Option<(Block, Option<&str>)> {
        let rest = word.strip_prefix("begin")?.strip_prefix([' ', '_', '\t', '\n'])?;
        Block::WORDS.iter().find_map(|(name, block)| {
            let tail = rest.strip_prefix(name)?;
            if tail.is_empty() {
                return Some((*block, None));
            }
            let tail = tail.strip_prefix(' ')?;
            let list = tail.strip_prefix("over ").unwrap_or(tail);
            (!list.is_empty() && !list.contains(char::is_whitespace)).then_some((*block, Some(list)))
        })
    }

    /// Reads `end_group`, `end repeat`.
    pub(super) fn closed_by(word: &str) -> Option<Block> {
        let rest = word.strip_prefix("end")?.strip_prefix([' ', '_', '\t', '\n'])?;
        Block::WORDS.iter().find(|(name, _)| *name == rest).map(|(_, block)| *block)
    }

    /// The word of the sheet.
    pub(super) fn word(self) -> &'static str {
        match self {
            Block::Group => "group",
            Block::Repeat => "repeat",
            Block::Loop => "loop",
        }
    }
}

const fn shown(
    name: &'static str,
    control: Control,
    bind: &'static [(&'static str, &'static str)],
    aliases: &'static [&'static str],
) -> QuestionType {
    QuestionType { name, control, bind, hint: "", aliases }
}

/// A value that the device itself puts in.
macro_rules! preload {
    ($name:literal, $kind:literal, $preload:literal, $params:literal, $aliases:expr) => {
        QuestionType {
            name: $name,
            control: Control::None,
            bind: &[("jr:preload", $preload), ("type", $kind), ("jr:preloadParams", $params)],
            hint: "",
            aliases: $aliases,
        }
    };
}

const STRING: &[(&str, &str)] = &[("type", "string")];
const BINARY: &[(&str, &str)] = &[("type", "binary")];

static SELECT_ONE: QuestionType = shown("select_one", Control::SelectOne, STRING, &[]);
static SELECT_MULTIPLE: QuestionType = shown("select_multiple", Control::SelectMultiple, STRING, &[]);
static SELECT_EXTERNAL: QuestionType = shown("select_one_external", Control::Input, STRING, &[]);
static RANK: QuestionType = shown("rank", Control::Rank, &[("type", "odk:rank")], &[]);

/// What is put into the form beside the rows: the instanceID, counts of repeats.
pub(super) static CALCULATE: QuestionType = shown("calculate", Control::None, STRING, &[]);
/// A text question, for «specify other».
pub(super) static TEXT: QuestionType = shown("text", Control::Input, STRING, &[]);
/// A note, for the labels of a table-list.
pub(super) static NOTE: QuestionType =
    shown("note", Control::Input, &[("readonly", "true()"), ("type", "string")], &[]);

static TYPES: &[QuestionType] = &[
    shown("text", Control::Input, STRING, &["string", "q string", "add text prompt"]),
    shown("integer", Control::Input, &[("type", "int")], &["int", "q int", "add integer prompt"]),
    shown("decimal", Control::Input, &[("type", "decimal")], &["q decimal", "add decimal prompt"]),
    shown("select one external", Control::Input, STRING, &[]),
    shown("note", Control::Input, &[("readonly", "true()"), ("type", "string")], &["q note", "add note prompt"]),
    shown("calculate", Control::None, STRING, &[]),
    shown("q calculate", Control::None, STRING, &["add calculate prompt"]),
    shown("date", Control::Input, &[("type", "date")], &["q date", "add date prompt"]),
    shown("time", Control::Input, &[("type", "time")], &[]),
    shown(
        "dateTime",
        Control::Input,
        &[("type", "dateTime")],
        &["datetime", "date time", "q date time", "q dateTime", "add date time prompt", "add dateTime prompt"],
    ),
    shown(
        "geopoint",
        Control::Input,
        &[("type", "geopoint")],
        &["gps", "location", "q geopoint", "q location", "add location prompt"],
    ),
    shown("geotrace", Control::Input, &[("type", "geotrace")], &["q geotrace"]),
    shown("geoshape", Control::Input, &[("type", "geoshape")], &["q geoshape"]),
    shown("barcode", Control::Input, &[("type", "barcode")], &["q barcode", "add barcode prompt"]),
    shown(
        "image",
        Control::Upload("image/*"),
        BINARY,
        &["photo", "q picture", "q image", "add image prompt", "add photo prompt"],
    ),
    shown("audio", Control::Upload("audio/*"), BINARY, &["q audio", "add audio prompt"]),
    shown("video", Control::Upload("video/*"), BINARY, &["q video", "add video prompt"]),
    shown("file", Control::Upload("application/*"), BINARY, &["add file prompt"]),
    shown("osm", Control::Upload("osm/*"), BINARY, &[]),
    shown("acknowledge", Control::Trigger, STRING, &["q acknowledge", "add acknowledge prompt"]),
    shown("trigger", Control::Trigger, &[], &[]),
    shown("hidden", Control::None, STRING, &[]),
    shown("range", Control::Range, &[("type", "int")], &[]),
    shown("audit", Control::None, BINARY, &[]),
    shown("start-geopoint", Control::None, &[("type", "geopoint")], &[]),
    shown("background-geopoint", Control::Trigger, &[("type", "geopoint")], &[]),
    shown("background-audio", Control::None, BINARY, &[]),
    shown("xml-external", Control::None, &[], &[]),
    shown("csv-external", Control::None, &[], &[]),
    preload!("start", "dateTime", "timestamp", "start", &["start time", "get start time"]),
    preload!("end", "dateTime", "timestamp", "end", &["end time", "get end time"]),
    preload!("today", "date", "date", "today", &["get today"]),
    preload!("deviceid", "string", "property", "deviceid", &["imei", "device id", "get device id"]),
    preload!("username", "string", "property", "username", &[]),
    preload!("email", "string", "property", "email", &[]),
    preload!("phonenumber", "string", "property", "phonenumber", &["get phone number"]),
    preload!("subscriberid", "string", "property", "subscriberid", &["subscriber id", "get subscriber id"]),
    preload!("simserial", "string", "property", "simserial", &["sim id", "get sim id"]),
    preload!("uri:deviceid", "string", "property", "uri:deviceid", &[]),
    preload!("uri:username", "string", "property", "uri:username", &[]),
    preload!("uri:email", "string", "property", "uri:email", &[]),
    preload!("uri:phonenumber", "string", "property", "uri:phonenumber", &[]),
    preload!("uri:subscriberid", "string", "property", "uri:subscriberid", &[]),
    preload!("uri:simserial", "string", "property", "uri:simserial", &[]),
    QuestionType {
        name: "phone number",
        control: Control::Input,
        bind: &[("type", "string"), ("constraint", "regex(., '^\\d*$')")],
        hint: "Enter numbers only.",
        aliases: &[],
    },
    shown("percentage", Control::Input, &[("type", "int"), ("constraint", "0 <= . and . <= 100")], &[]),
    QuestionType {
        name: "number of days in last month",
        control: Control::Input,
        bind: &[("type", "int"), ("constraint", "0 <= . and . <= 31")],
        hint: "Enter a number 0-31.",
        aliases: &[],
    },
    QuestionType {
        name: "number of days in last six months",
        control: Control::Input,
        bind: &[("type", "int"), ("constraint", "0 <= . and . <= 183")],
        hint: "Enter a number 0-183.",
        aliases: &[],
    },
    QuestionType {
        name: "number of days in last year",
        control: Control::Input,
        bind: &[("type", "int"), ("constraint", "0 <= . and . <= 365")],
        hint: "Enter a number 0-365.",
        aliases: &[],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selects_are_taken_apart() {
        let read = |word| select_type(word).map(|select| select.map(|s| (s.kind, s.list, s.or_other)));
        assert_eq!(read("select_one reason or_other"), Some(Ok((SelectKind::One, "reason", true))));
        assert_eq!(read("select_multiple_from_file sites.csv"), Some(Ok((SelectKind::Multiple, "sites.csv", false))));
        assert_eq!(read("select one from sex"), Some(Ok((SelectKind::One, "sex", false))));
        assert_eq!(read("select one from"), Some(Ok((SelectKind::One, "from", false))));
        assert_eq!(read("select one from file a.csv"), Some(Ok((SelectKind::One, "a.csv", false))));
        assert_eq!(read("select_one"), Some(Err(())));
        assert_eq!(read("select_onesex"), None);
        assert_eq!(read("select_one a b c"), None);
    }

    #[test]
    fn blocks_are_told_by_their_words() {
        assert_eq!(Block::opened_by("begin loop over towns"), Some((Block::Loop, Some("towns"))));
        assert_eq!(Block::opened_by("begin looped group"), Some((Block::Repeat, None)));
        assert_eq!(Block::opened_by("begin_groups"), None);
        assert_eq!(Block::closed_by("end lgroup"), Some(Block::Repeat));
        assert_eq!(Block::closed_by("end group x"), None);
    }

    #[test]
    fn no_type_has_two_meanings() {
        let mut words: Vec<&str> =
            TYPES.iter().flat_map(|known| known.aliases.iter().copied().chain([known.name])).collect();
        words.sort_unstable();
        let before = words.len();
        words.dedup();
        assert_eq!(words.len(), before);
    }
}
