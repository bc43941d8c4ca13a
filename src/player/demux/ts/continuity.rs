//! The four-bit counter of each PID: what is missing, and what came twice.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Next,
    /// Packets before this one are missing.
    Gap,
    /// The same packet again; to be passed over.
    Duplicate,
}

/// Follows one PID.
#[derive(Default)]
pub struct Continuity {
    counter: Option<u8>,
    /// A packet may come twice in a row, byte for byte. A counter that merely stands still is a loss instead.
    payload: Vec<u8>,
}

impl Continuity {
    pub fn forget(&mut self) {
        self.counter = None;
    }

    pub fn order(&mut self, counter: u8, payload: &[u8], discontinuity: bool) -> Order {
        let order = match self.counter {
            Some(last) if last == counter && self.payload == payload => return Order::Duplicate,
            Some(last) if counter != (last + 1) & 0x0F && !discontinuity => Order::Gap,
            _ => Order::Next,
        };
        self.counter = Some(counter);
        self.payload.clear();
        self.payload.extend_from_slice(payload);
        order
    }
}
