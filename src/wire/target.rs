//! The parts of a request's URL.

/// An absolute URL, cut into its parts. The fragment, which is not sent, is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target<'a> {
    /// `http` or `https`.
    pub scheme: &'a str,
    /// The host with its port, if that is given.
    pub host: &'a str,
    /// The path, beginning with a slash, or empty.
    pub path: &'a str,
    /// The query with its question mark, or empty.
    pub query: &'a str,
}

impl<'a> Target<'a> {
    /// Cuts a URL as the runtime gives it; `None` for what is no absolute URL.
    #[must_use]
    pub fn parse(url: &'a str) -> Option<Self> {
        let url = url.split_once('#').map_or(url, |(url, _)| url);
        let (scheme, rest) = url.split_once(':')?;
        let rest = rest.strip_prefix("//")?;
        let (rest, query) = rest.find('?').map_or((rest, ""), |at| rest.split_at(at));
        let (host, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        (!host.is_empty()).then_some(Self {
            scheme,
            host,
            path,
            query,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_cut_at_its_first_slash_and_question_mark() {
        let target = Target::parse("https://api.example.com:8443/v1/a?b=/c?d#e").unwrap();
        assert_eq!(
            (target.scheme, target.host),
            ("https", "api.example.com:8443")
        );
        assert_eq!((target.path, target.query), ("/v1/a", "?b=/c?d"));
        assert_eq!(Target::parse("http://h?q").unwrap().path, "");
        assert_eq!(Target::parse("/v1"), None);
    }
}
