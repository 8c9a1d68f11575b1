//! Which paths are the dashboard's, and what may be asked of them.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use headgate::admin::{Route, Scope};

#[test]
fn the_dashboard_is_looked_at_alone() {
    for (path, file) in [
        ("/_headgate", "index.html"),
        ("/_headgate/", "index.html"),
        ("/_headgate/dashboard/views/keys.js", "views/keys.js"),
    ] {
        let route = Route::read("GET", path).unwrap();
        assert_eq!((route.scope(), route), (Scope::Read, Route::Page(file)));
        let refused = Route::read("POST", path).unwrap_err();
        assert_eq!((refused.status, refused.allow.as_str()), (405, "GET"));
    }
    for path in ["/_headgates", "/_headgate//", "/_headgate/index.html"] {
        assert_eq!(Route::read("GET", path).unwrap_err().status, 404, "{path}");
    }
}
