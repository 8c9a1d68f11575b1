//! Reading a body, up to a bound.

use super::promise::settled;
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::ReadableStream;

#[wasm_bindgen]
extern "C" {
    type Reader;
    #[wasm_bindgen(method, catch)]
    fn read(this: &Reader) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn cancel(this: &Reader) -> Result<Promise, JsValue>;

    type Chunk;
    #[wasm_bindgen(method, getter)]
    fn done(this: &Chunk) -> bool;
    #[wasm_bindgen(method, getter)]
    fn value(this: &Chunk) -> Uint8Array;
}

/// All bytes of a body; `None` if they are more than `most`, or if it breaks off.
pub(crate) async fn read_up_to(body: &ReadableStream, most: usize) -> Option<Vec<u8>> {
    let reader: Reader = body.get_reader().unchecked_into();
    let mut bytes = Vec::new();
    loop {
        let chunk = settled(&reader.read().ok()?).await.ok()?;
        let chunk: Chunk = chunk.unchecked_into();
        if chunk.done() {
            return Some(bytes);
        }
        bytes.extend(chunk.value().to_vec());
        if bytes.len() > most {
            // What is left is nobody's to read.
            let _ = reader.cancel();
            return None;
        }
    }
}
