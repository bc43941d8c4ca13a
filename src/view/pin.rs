//! The card that asks for the household's PIN.

use jinse_ui::{Bridge, PinData};

use super::text;
use crate::app::{Model, model::Overlay, screens::pin};

pub fn show(bridge: &Bridge, model: &Model) {
    bridge.set_pin(match &model.overlay {
        Some(Overlay::Pin(card)) => PinData {
            shown: true,
            instead: card.is_instead(),
            title: text(pin::title(model, card)),
            line: text(pin::line(card)),
            typed: i32::from(card.typed),
            said: text(pin::said(model, card)),
            help: text(pin::help(model, card)),
        },
        _ => PinData::default(),
    });
}
