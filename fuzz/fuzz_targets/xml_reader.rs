//! Any bytes give an answer, never a panic; what is read keeps its digest through its stored text.
#![no_main]

use ebirlik_message::{RequestFacts, content, read};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(read) = read(bytes, &RequestFacts::default()) {
        assert_eq!(content::declaration(&read.declaration.content).digest, read.declaration.digest);
    }
});
