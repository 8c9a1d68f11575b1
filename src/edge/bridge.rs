//! A WebSocket that holds a slot. One that is passed through tells nobody when it closes, so this one is bridged: each
//! message costs a call, and in return the slot is free as soon as the origin's side has closed.

use super::deadline::within;
use super::promise::{resolvable, settled};
use super::slot::Slot;
use super::task::Context;
use crate::time::Millis;
use js_sys::{Array, Function, Object, Promise, Reflect};
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

/// What listens to the sockets of a bridge, for as long as it lives.
#[derive(Default)]
struct Listeners(Vec<Closure<dyn FnMut(Event)>>);

/// The answer to an upgrade, with a bridge between client and origin. The slot is held until the origin's side is closed; one that does not answer a close is cut.
pub(crate) fn bridged(
    answer: &Response,
    slot: Slot,
    context: &Context,
) -> Result<ResponseInit, JsValue> {
    let origin: Socket = Reflect::get(answer, &"webSocket".into())?.unchecked_into();
    let pair = WebSocketPair::new();
    let client = pair.inner();
    let mut listeners = Listeners::default();
    listeners.relay(&client, &origin);
    listeners.relay(&origin, &client);
    listeners.answer_close(&origin);
    let (client_closed, origin_closed) = (closed(&client), closed(&origin));
    let options = Object::new();
    // A client's close is answered with the origin's own code.
    Reflect::set(&options, &"allowHalfOpen".into(), &JsValue::TRUE)?;
    for socket in [&client, &origin] {
        socket.set_binary_type("arraybuffer");
        socket.accept(&options);
    }
    close_on_abort(&slot, &[&client, &origin])?;
    let (ended, end) = resolvable();
    slot.until(&ended);
    context.wait_until(async move {
        let either = Promise::race(&Array::of2(&client_closed, &origin_closed));
        // None of these is rejected, and resolving does not throw.
        let _ = settled(&either).await;
        let heard = within(CLOSING, settled(&origin_closed)).await.is_some();
        let _ = end.call1(&JsValue::UNDEFINED, &heard.into());
        within(CLOSING, settled(&client_closed)).await;
        drop(listeners);
    });
    let init = ResponseInit::new();
    init.set_status(answer.status());
    init.set_headers(&answer.headers());
    Reflect::set(&init, &"webSocket".into(), &pair.outer())?;
    Ok(init)
}

impl Listeners {
    /// Sends on what comes from one side, and its close.
    fn relay(&mut self, from: &Socket, to: &Socket) {
        // A socket that has closed meanwhile says so itself.
        let socket = to.clone();
        self.on(from, "message", move |event| {
            drop(socket.send(&event.data()));
        });
        let socket = to.clone();
        self.on(from, "close", move |event| {
            drop(close(&socket, &event));
        });
        let socket = to.clone();
        self.on(from, "error", move |_| {
            drop(socket.close_with(GOING_AWAY, ""));
        });
    }

    /// Answers a close at once, so that the connection ends with it, whatever the other side does.
    fn answer_close(&mut self, socket: &Socket) {
        let answering = socket.clone();
        self.on(socket, "close", move |event| {
            drop(close(&answering, &event));
        });
    }

    fn on(&mut self, socket: &Socket, event: &str, listener: impl FnMut(Event) + 'static) {
        let listener = Closure::new(listener);
        socket.listen(event, listener.as_ref().unchecked_ref());
        self.0.push(listener);
    }
}

/// Closes a socket as another one was closed. One that is closed already says so.
fn close(socket: &Socket, event: &Event) -> Result<(), JsValue> {
    match event.code() {
        NO_CODE => socket.close(),
        BROKEN => socket.close_with(GOING_AWAY, ""),
        code => socket
            .close_with(code, &event.reason())
            // There are codes that one may get and not send.
            .or_else(|_| socket.close_with(GOING_AWAY, "")),
    }
}

/// Resolved when a side has closed.
fn closed(socket: &Socket) -> Promise {
    let (closed, close) = resolvable();
    socket.listen("close", &close);
    socket.listen("error", &close);
    closed
}

/// Closes both sides when the exchange is aborted, by the runtime's own functions.
fn close_on_abort(slot: &Slot, sockets: &[&Socket]) -> Result<(), JsValue> {
    let signal = slot.controller().signal();
    for socket in sockets {
        let close: Function = Reflect::get(socket, &"close".into())?.dyn_into()?;
        let close = close.bind2(socket, &GOING_AWAY.into(), &"".into());
        signal.add_event_listener_with_callback("abort", close.unchecked_ref())?;
    }
    Ok(())
}
