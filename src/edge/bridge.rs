//! A WebSocket that holds a slot. One that is passed through tells nobody when it closes, so this one is bridged: each
//! message costs a call, and in return the slot is free as soon as the origin's side has closed.

use super::deadline::call_after;
use super::slot::Slot;
use crate::time::Millis;
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{Response, ResponseInit};

#[wasm_bindgen]
extern "C" {
    type WebSocketPair;
    #[wasm_bindgen(constructor)]
    fn new() -> WebSocketPair;
    #[wasm_bindgen(method, getter, js_name = "0")]
    fn outer(this: &WebSocketPair) -> Socket;
    #[wasm_bindgen(method, getter, js_name = "1")]
    fn inner(this: &WebSocketPair) -> Socket;

    #[derive(Clone)]
    type Socket;
    #[wasm_bindgen(method)]
    fn accept(this: &Socket, options: &JsValue);
    #[wasm_bindgen(method, catch)]
    fn send(this: &Socket, data: &JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn close(this: &Socket) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = close)]
    fn close_with(this: &Socket, code: u16, reason: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method, js_name = addEventListener)]
    fn listen(this: &Socket, event: &str, listener: &Function);
    #[wasm_bindgen(method, setter, js_name = binaryType)]
    fn set_binary_type(this: &Socket, kind: &str);

    type Event;
    #[wasm_bindgen(method, getter)]
    fn data(this: &Event) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn code(this: &Event) -> u16;
    #[wasm_bindgen(method, getter)]
    fn reason(this: &Event) -> String;
}

/// RFC 6455 §7.4.1: no code was sent, and the connection broke off. Neither may be sent.
const NO_CODE: u16 = 1005;
const BROKEN: u16 = 1006;
/// What the other side is told of a connection that broke off.
const GOING_AWAY: u16 = 1001;

/// How long the origin may take to answer a close.
const CLOSING: Millis = Millis(5_000);

/// The answer to an upgrade, with a bridge between client and origin; the slot back if it is none. The slot is held
/// until the origin's side is closed or, if the origin does not answer a close, until the lease runs out.
pub(crate) fn bridged(
    answer: &Response,
    slot: Slot,
) -> Result<Result<ResponseInit, Slot>, JsValue> {
    let socket = Reflect::get(answer, &"webSocket".into())?;
    if socket.is_null() || socket.is_undefined() {
        return Ok(Err(slot));
    }
    let origin: Socket = socket.unchecked_into();
    let pair = WebSocketPair::new();
    let client = pair.inner();
    relay(&client, &origin);
    relay(&origin, &client);
    let options = Object::new();
    // Each side answers the other's close itself, with its own code.
    Reflect::set(&options, &"allowHalfOpen".into(), &JsValue::TRUE)?;
    for socket in [&client, &origin] {
        socket.set_binary_type("arraybuffer");
        socket.accept(&options);
    }
    close_on_abort(&slot, &[&client, &origin])?;
    slot.until(&closed(&origin, &client));
    let init = ResponseInit::new();
    init.set_status(answer.status());
    init.set_headers(&answer.headers());
    Reflect::set(&init, &"webSocket".into(), &pair.outer())?;
    Ok(Ok(init))
}

/// Sends on what comes from one side, and its close.
fn relay(from: &Socket, to: &Socket) {
    let socket = to.clone();
    // A socket that has closed meanwhile says so itself.
    on(from, "message", move |event| {
        drop(socket.send(&event.data()));
    });
    let socket = to.clone();
    on(from, "close", move |event| {
        drop(match event.code() {
            NO_CODE => socket.close(),
            BROKEN => socket.close_with(GOING_AWAY, ""),
            code => socket.close_with(code, &event.reason()),
        });
    });
    let socket = to.clone();
    on(from, "error", move |_| {
        drop(socket.close_with(GOING_AWAY, ""));
    });
}

fn on(socket: &Socket, event: &str, listener: impl FnMut(Event) + 'static) {
    let listener = Closure::new(listener).into_js_value();
    socket.listen(event, listener.unchecked_ref());
}

/// Settled when the origin's side has closed, or to `false` a while after the client's, if the origin's has not.
fn closed(origin: &Socket, client: &Socket) -> Promise {
    Promise::new(&mut |resolve, _| {
        for event in ["close", "error"] {
            origin.listen(event, &resolve);
            let unheard = resolve.bind1(&JsValue::UNDEFINED, &JsValue::FALSE);
            let unheard: Function = unheard.unchecked_into();
            on(client, event, move |_| drop(call_after(CLOSING, &unheard)));
        }
    })
}

/// Closes both sides when the lease runs out, by the runtime's own functions.
fn close_on_abort(slot: &Slot, sockets: &[&Socket]) -> Result<(), JsValue> {
    let signal = slot.controller().signal();
    for socket in sockets {
        let close: Function = Reflect::get(socket, &"close".into())?.dyn_into()?;
        let close = close.bind2(socket, &GOING_AWAY.into(), &"".into());
        signal.add_event_listener_with_callback("abort", close.unchecked_ref())?;
    }
    Ok(())
}
