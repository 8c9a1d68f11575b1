//! What was admitted, held and done, counted naively. Shares no code with the product and never forgets.

mod caps;
mod lanes;
mod loans;
mod rates;
mod shadows;
mod slots;

pub use caps::Caps;
pub use lanes::Lanes;
pub use rates::{Rates, Seen};
pub use shadows::Shadows;
