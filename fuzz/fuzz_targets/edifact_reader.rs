//! Any bytes give a declaration or a CONTRL, never a panic; what is read keeps its digest through its stored text.
#![no_main]

use ebirlik_message::{RequestFacts, content, edifact};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| match edifact::read(bytes, &RequestFacts::default()) {
    Ok(read) => assert_eq!(content::declaration(&read.declaration.content).digest, read.declaration.digest),
    Err(error) => {
        let (_, contrl) = error.into_parts();
        assert!(contrl.is_some_and(|contrl| edifact::segments(&contrl.bytes).is_some()));
    }
});
