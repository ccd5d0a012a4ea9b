//! Any text is a code or a typing error; what is a code reads back as itself.
#![no_main]

use crypto_code::CryptoCode;

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(code) = CryptoCode::parse(text) {
        assert_eq!(CryptoCode::parse(&code.printed()), Ok(code));
    }
});
