//! Which bodies are read for what selectors look at.

use headgate::policy::Body;

#[test]
fn what_may_be_json_in_utf_8_is_read() {
    for kind in [
        "",
        "application/json",
        "Application/JSON; Charset=UTF-8",
        "application/json;charset=\"utf-8\"",
        "application/json; charset = utf8 ; profile=x",
        "text/plain",
        "application/vnd.api+json",
    ] {
        assert!(Body::may_be_read(kind, None), "{kind}");
        assert!(Body::may_be_read(kind, Some("Identity")), "{kind}");
        assert!(!Body::may_be_read(kind, Some("gzip")), "{kind}");
        assert!(!Body::may_be_read(kind, Some("identity, gzip")), "{kind}");
    }
}

#[test]
fn what_an_origin_could_read_as_something_else_is_not() {
    for kind in [
        "application/x-www-form-urlencoded",
        "Multipart/Form-Data; boundary=x",
        // In UTF-7 each letter has several spellings, all of them ASCII.
        "application/json; charset=utf-7",
        "application/json; charset=utf-16le",
        "application/json; charset=",
        "application/json; charset=utf-8; charset=utf-7",
        "application/json; charset=utf-8, application/json; charset=utf-7",
        "application/json; charset*=us-ascii''utf-7",
        "application/json; charset=utf-8-sig",
    ] {
        assert!(!Body::may_be_read(kind, None), "{kind}");
    }
}
