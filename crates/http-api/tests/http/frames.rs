use std::{future::poll_fn, pin::Pin};

use actix_web::{
    App,
    body::{BoxBody, MessageBody},
    dev::Payload,
    error::PayloadError,
    http::{StatusCode, header},
    test,
    web::Bytes,
};
use futures_util::{
    StreamExt,
    stream::{self, LocalBoxStream},
};
use synod_http_api::configure;

use crate::test_app::TestApp;

/// The frames of a WebSocket within this process, so that its clock is the test's. Its client sends
/// nothing, or only pings.
pub(crate) struct Frames {
    body: Pin<Box<BoxBody>>,
    read: Vec<u8>,
}

const TEXT: u8 = 1;

impl Frames {
    pub(crate) async fn of(app: &TestApp, path: &str) -> Self {
        Self::pinging(app, path, 0).await
    }

    /// The client sends pings at once, and nothing after them.
    pub(crate) async fn pinging(app: &TestApp, path: &str, pings: usize) -> Self {
        let app = test::init_service(App::new().configure(configure(app.api().clone()))).await;
        let request = test::TestRequest::get()
            .uri(path)
            .insert_header((header::HOST, "localhost"))
            .insert_header((header::CONNECTION, "upgrade"))
            .insert_header((header::UPGRADE, "websocket"))
            .insert_header((header::SEC_WEBSOCKET_VERSION, "13"))
            .insert_header((header::SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ=="))
            .to_request();
        // An empty ping with an empty mask.
        let ping = [0x89, 0x80, 0, 0, 0, 0];
        let pings = stream::iter([Ok(Bytes::from(ping.repeat(pings)))]);
        let sent: LocalBoxStream<'static, Result<Bytes, PayloadError>> =
            Box::pin(pings.chain(stream::pending()));
        let (request, _) = request.replace_payload(Payload::Stream { payload: sent });
        let response = test::call_service(&app, request).await;
        assert_eq!(response.status(), StatusCode::SWITCHING_PROTOCOLS);
        Self { body: Box::pin(response.into_body().boxed()), read: Vec::new() }
    }

    /// The next text; `None` when the socket is gone.
    pub(crate) async fn text(&mut self) -> Option<String> {
        loop {
            while let Some((opcode, content)) = self.frame() {
                if opcode == TEXT {
                    return Some(String::from_utf8(content).expect("UTF-8"));
                }
            }
            let bytes = poll_fn(|context| self.body.as_mut().poll_next(context)).await?;
            self.read.extend_from_slice(&bytes.expect("no error"));
        }
    }

    /// The first whole frame of what was read: its opcode and its content (RFC 6455, 5.2; servers
    /// do not mask).
    fn frame(&mut self) -> Option<(u8, Vec<u8>)> {
        let number = |bytes: &[u8]| bytes.iter().fold(0, |n, byte| n << 8 | usize::from(*byte));
        let (head, length) = match self.read.get(1)? {
            126 => (4, number(self.read.get(2..4)?)),
            127 => (10, number(self.read.get(2..10)?)),
            short => (2, usize::from(*short)),
        };
        let content = self.read.get(head..head + length)?.to_vec();
        let opcode = self.read[0] & 0x0f;
        self.read.drain(..head + length);
        Some((opcode, content))
    }
}
