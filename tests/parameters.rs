//! What stands in the query of those who run the gate.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a panic fails the test"
)]

use headgate::admin::parameters;

#[test]
fn parameters_are_decoded_and_others_refused() {
    let read = |query| parameters(query, ["after", "account"]);
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(read(""), Ok([None, None]));
    assert_eq!(
        read("?account=a%2Fb&after=x=y"),
        Ok([some("x=y"), some("a/b")])
    );
    assert_eq!(read("?after"), Ok([some(""), None]));
    assert_eq!(read("?before=1").unwrap_err().status, 400);
}
