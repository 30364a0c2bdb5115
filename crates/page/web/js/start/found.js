// What this server has to debate with.

import { api } from 'synod/api.js';
import { usePolled } from 'synod/api/poll.js';

const FOUND_INTERVAL_MS = 4000;

/** What this server has: agents, models, hosts. Models and hosts are asked for again: they come and go. */
export function useFound() {
  const page = usePolled((signal) => api.get('api/v1/page', { signal }), 0);
  const agents = usePolled((signal) => api.get('api/v1/agents', { signal }), FOUND_INTERVAL_MS * 4);
  const models = usePolled((signal) => api.get('ollama/models', { signal }), FOUND_INTERVAL_MS);
  const hosts = usePolled((signal) => api.get('api/v1/hosts', { signal }), FOUND_INTERVAL_MS);
  const problem = agents.value.data ? null : agents.value.problem;
  // 503: no host responds.
  const noModels = models.value.problem?.status === 503 ? [] : undefined;
  return {
    page: page.value.data,
    isPageKnown: Boolean(page.value.data ?? page.value.problem),
    agents: agents.value.data?.agents,
    models: noModels ?? models.value.data?.models,
    hosts: hosts.value.data?.hosts ?? (hosts.value.problem ? [] : undefined),
    problem,
    again: () => [page, agents, models, hosts].forEach((polled) => polled.again()),
  };
}
