//! The scripted server of the clients, under the names that these tests use.

pub(crate) use synod_http_transport::test_util::{
    ScriptedResponse as Answer, ScriptedServer as FakeServer,
};
