#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| jinse_fuzz::dvb(data));
