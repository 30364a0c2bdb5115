use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;

use super::{
    gated_model::GatedModel,
    journey::Journey,
    pool::{Pool, may_stand_in},
    route::Route,
};
use crate::{ChatError, ChatModel, ChatRequest, ChatStream, Limitation, ModelInfo, ReplyForm};

/// A model whose calls any host may serve that holds the same.
#[derive(Clone)]
pub(super) struct PooledModel(Arc<Pooled>);

struct Pooled {
    pool: Arc<Pool>,
    own: GatedModel,
    /// What the others must have, if they tell; `None`: not known.
    digest: Option<Arc<str>>,
}

impl PooledModel {
    pub(super) fn new(pool: Arc<Pool>, own: GatedModel, digest: Option<&str>) -> Self {
        let digest = digest.or(own.info().digest.as_deref()).map(Arc::from);
        Self(Arc::new(Pooled { pool, own, digest }))
    }

    pub(super) fn pool(&self) -> &Pool {
        &self.0.pool
    }

    pub(super) fn own(&self) -> &GatedModel {
        &self.0.own
    }

    /// The own model, or the same one on another host.
    pub(super) fn accepts(&self, info: &ModelInfo) -> bool {
        let own = self.0.own.info();
        let is_pooled = own.can_be_pooled();
        info.host == own.host || is_pooled && may_stand_in(info, self.0.digest.as_deref())
    }
}

impl ChatModel for PooledModel {
    fn info(&self) -> &ModelInfo {
        self.0.own.info()
    }

    fn chat(&self, request: ChatRequest) -> ChatStream {
        let route = Route::new(self.clone(), &request);
        Journey::along(route, self.0.own.clone(), request).into_stream()
    }

    fn warm_up(&self) -> BoxFuture<'static, Result<(), ChatError>> {
        self.0.own.warm_up()
    }

    fn is_resident(&self) -> BoxFuture<'static, bool> {
        self.0.own.is_resident()
    }

    fn tokens_within(&self, prompt_bytes: usize, time: Duration) -> Option<u32> {
        let next = Route::ahead(self.clone()).best();
        next.as_ref().unwrap_or(&self.0.own).tokens_within(prompt_bytes, time)
    }

    fn usual_thinking(&self, form: &ReplyForm) -> Option<u32> {
        let next = Route::ahead(self.clone()).best();
        next.as_ref().unwrap_or(&self.0.own).usual_thinking(form)
    }

    fn runs_on_cpu(&self) -> bool {
        self.0.own.runs_on_cpu()
    }

    fn reports_residency(&self) -> bool {
        self.0.own.reports_residency()
    }

    fn window(&self) -> Option<u32> {
        self.0.own.window()
    }

    fn keep_alive(&self) -> Duration {
        self.0.own.keep_alive()
    }

    fn limitations(&self) -> Vec<Limitation> {
        self.0.own.limitations()
    }
}
