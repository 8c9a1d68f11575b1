//! Why the gate answers by itself.

/// The reasons of the gate's own answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A limit refuses for now.
    Quota,
    /// A lane is full, and no other limit refuses.
    Concurrency,
    /// The cost is above the burst of a limit: no wait helps.
    Never,
    /// The plan of the account does not cover the request: no wait helps.
    PaymentRequired,
    /// No credential, or one that nobody was given.
    Unauthenticated,
    /// The account is suspended.
    Suspended,
    /// The request cannot be read safely.
    Malformed,
    /// The body is larger than what the gate reads of one.
    TooLarge,
    /// Whether the request may pass cannot be found out now.
    Unavailable,
    /// The origin cannot be reached or broke off.
    BadGateway,
    /// The origin did not answer in time.
    GatewayTimeout,
    /// The request came from this gate.
    Loop,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 12] = [
        Self::Quota,
        Self::Concurrency,
        Self::Never,
        Self::PaymentRequired,
        Self::Unauthenticated,
        Self::Suspended,
        Self::Malformed,
        Self::TooLarge,
        Self::Unavailable,
        Self::BadGateway,
        Self::GatewayTimeout,
        Self::Loop,
    ];

    /// The reason's name, in JSON and in logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.entry().0
    }

    /// The status that it has unless the policy says otherwise.
    #[must_use]
    pub fn status(self) -> u16 {
        self.entry().1
    }

    /// The phrase that HTTP recommends for that status.
    #[must_use]
    pub fn phrase(self) -> &'static str {
        self.entry().2
    }

    fn entry(self) -> (&'static str, u16, &'static str) {
        match self {
            Self::Quota => ("quota", 429, "Too Many Requests"),
            Self::Concurrency => ("concurrency", 429, "Too Many Requests"),
            Self::Never => ("never", 429, "Too Many Requests"),
            Self::PaymentRequired => ("payment_required", 402, "Payment Required"),
            Self::Unauthenticated => ("unauthenticated", 401, "Unauthorized"),
            Self::Suspended => ("suspended", 403, "Forbidden"),
            Self::Malformed => ("malformed", 400, "Bad Request"),
            Self::TooLarge => ("too_large", 413, "Content Too Large"),
            Self::Unavailable => ("unavailable", 503, "Service Unavailable"),
            Self::BadGateway => ("bad_gateway", 502, "Bad Gateway"),
            Self::GatewayTimeout => ("gateway_timeout", 504, "Gateway Timeout"),
            Self::Loop => ("loop", 508, "Loop Detected"),
        }
    }
}
