//! Words that no honest client sends, as they stand in an address: encoded where they have to be.

/// Bytes, numbers, dates, quotes, paths, markup, and what is far too long.
const WORDS: [&str; 44] = [
    "",
    "0",
    "-1",
    "-0",
    "1.5",
    "1e400",
    "NaN",
    "inf",
    "null",
    "true",
    "18446744073709551616",
    "-9223372036854775809",
    "0x7f",
    "٣",
    "2026-02-30",
    "9999-12-31T23:59:60Z",
    "-262144-01-01",
    "1,2,3,4,5,6,7",
    "1e308,-1e308,1e309,0",
    "..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e",
    "C%3A%5Cx",
    "%00",
    "a%00b",
    "%ff%fe",
    "%c3%28",
    "%ed%a0%80",
    "%e2%80%ae",
    "%f0%9f%98%80",
    "%0d%0aX-Injected:%20yes",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "%22%27%60",
    "'",
    "''",
    "'%20or%20'1'%20eq%20'1",
    "1;DROP%20TABLE%20releases",
    "%7B%7B7*7%7D%7D",
    "%25",
    "%2525",
    "%5B%5D%7B%7D",
    "*",
    "$metadata",
    "__proto__",
    "%20%20",
];

/// All of them, with long ones.
pub(super) fn all() -> Vec<String> {
    let long = ["x".repeat(5_000), "9".repeat(400), "%F0%9F%92%A7".repeat(300), "(".repeat(2_000), "/".repeat(500)];
    WORDS.iter().map(|word| (*word).to_owned()).chain(long).collect()
}

/// What may stand in a header and should not.
pub(super) fn of_headers() -> [&'static str; 12] {
    [
        "",
        ",,,;;;",
        "*/*;q=nothing",
        "bytes=",
        "bytes=-0",
        "bytes=9-1,5-",
        "bytes=99999999999999999999-",
        "\"\\\"",
        "W/\"",
        "Fri, 31 Feb 2026 25:61:61 GMT",
        "dtm=; dtm-lang=xx; =",
        "é\u{202e}",
    ]
}
