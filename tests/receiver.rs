//! Who takes events, and how they are signed.

use headgate::alert::{EventId, Receiver};

const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const URL: &str = "https://hooks.example.com/headgate?a=b";

fn problem(url: &str, key: &str, former: Option<&str>) -> String {
    Receiver::new(url, key, former).err().unwrap_or_default()
}

#[test]
fn a_body_is_signed_as_the_published_example_is() {
    // The example of the libraries at https://github.com/standard-webhooks/standard-webhooks.
    let receiver = Receiver::new(URL, KEY, None).unwrap();
    let signed = receiver.signatures(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1_614_265_330,
        r#"{"test": 2432232314}"#,
    );
    assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

#[test]
fn while_keys_are_changed_there_is_a_signature_of_each() {
    let other = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
    let both = Receiver::new(URL, other, Some(KEY)).unwrap();
    let [new, old] = [other, KEY].map(|key| Receiver::new(URL, key, None).unwrap());
    let signed = |receiver: &Receiver| receiver.signatures("evt_1", 1, "{}");
    assert_eq!(signed(&both), format!("{} {}", signed(&new), signed(&old)));
}

#[test]
fn events_go_where_nobody_listens_in() {
    for url in [
        URL,
        "https://hooks.example.com:8443/",
        "http://127.0.0.1:9000/hook",
        "http://localhost/hook",
        "http://[::1]:9000/hook",
    ] {
        assert!(Receiver::new(url, KEY, None).is_ok(), "{url}");
    }
    let long = format!("https://a.example/{}", "x".repeat(2_048));
    for url in [
        "",
        "hooks.example.com",
        "ftp://hooks.example.com/",
        "http://hooks.example.com/",
        "http://127.0.0.1.example.com/",
        "http://localhost@hooks.example.com/",
        "https://user:password@hooks.example.com/",
        "https://hooks.example.com/#part",
        "https://hooks.example.com/a b",
        "https:\\\\hooks.example.com/",
        "https:///hook",
        &long,
    ] {
        let problem = problem(url, KEY, None);
        assert!(
            problem.starts_with("WEBHOOK_URL: found "),
            "{url}: {problem}"
        );
    }
}

#[test]
fn a_key_that_is_none_is_told_without_showing_it() {
    for key in [
        "",
        "secret",
        "whsec_",
        "whsec_c2hvcnQ=",
        "whsec_not base64 at all, but long enough",
    ] {
        let said = problem(URL, key, None);
        assert_eq!(
            said,
            "WEBHOOK_KEY: allowed is whsec_ and base64 of 24 to 64 bytes"
        );
        let said = problem(URL, KEY, Some(key));
        assert!(said.starts_with("WEBHOOK_FORMER_KEY: "), "{said}");
    }
    let shown = format!("{:?}", Receiver::new(URL, KEY, None).unwrap());
    assert!(!shown.contains("MfKQ9"), "{shown}");
    assert_eq!(
        EventId([1; 16]).to_string(),
        "evt_01010101010101010101010101010101"
    );
}
