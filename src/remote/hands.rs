use crate::remote::key::RemoteKey;
use serde::{Deserialize, Serialize};
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Press {
    pub key: RemoteKey,
    pub repeat: bool,
}
