// Calls every route of a server with the types that `openapi-typescript` generated:
//
//   node drive.js URL MODEL
//
// Prints each response for validation: method, path, status, content type, body.

import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

type Schemas = components["schemas"];

const [url, model] = process.argv.slice(2);
assert(url && model);
const client = createClient<paths>({ baseUrl: url });
const asked: [string, string, number, string, string][] = [];
client.use({
  async onResponse({ request, response }) {
    const path = new URL(request.url).pathname;
    const contentType = response.headers.get("Content-Type") ?? "";
    asked.push([request.method, path, response.status, contentType, await response.clone().text()]);
  },
});

/** The data of a successful response. */
function read<Data>({ data, error }: { data?: Data; error?: unknown }): NonNullable<Data> {
  assert(data !== undefined && data !== null, JSON.stringify(error));
  return data;
}

/** The error of a refused request. */
function refused<Refusal>({ error }: { error?: Refusal }): NonNullable<Refusal> {
  assert(error !== undefined && error !== null);
  return error;
}

async function system() {
  assert.equal(read(await client.GET("/health")).status, "healthy");
  assert.equal(read(await client.GET("/livez")).status, "alive");
  const { status, hosts } = read(await client.GET("/readyz"));
  assert.equal(status, "ready" satisfies Schemas["ReadinessState"]);
  assert(hosts.every((host) => host.status === "ok"));
  const state = read(await client.GET("/system/status"));
  assert.equal(state.system_status, "operational" satisfies Schemas["SystemState"]);
  assert.equal(state.agents["critic"]?.status, "idle" satisfies Schemas["AgentState"]);
  assert(read(await client.GET("/metrics", { parseAs: "text" })).includes("# TYPE"));
  assert(read(await client.GET("/api/v1/page")).shares);
  assert(read(await client.GET("/api/v1/hosts")).hosts.length);
}

async function agents() {
  assert(read(await client.GET("/agents")).agents.length > 2);
  const at = (agent_id: string) => ({ params: { path: { agent_id } } });
  assert.equal(read(await client.GET("/agents/{agent_id}/status", at("critic"))).agent_id, "critic");
  refused(await client.GET("/agents/{agent_id}/status", at("nobody")));
  const body = { agent_id: "ada", expertise: "an engineer" };
  assert.equal(read(await client.POST("/api/v1/agents", { body })).agent_id, "ada");
  assert.equal(refused(await client.POST("/api/v1/agents", { body })).status, 409);
  const changed = await client.PATCH("/api/v1/agents/{agent_id}", { ...at("ada"), body: { voice: "bluntly", host: null } });
  assert.equal(read(changed).voice, "bluntly");
  assert.equal(read(await client.GET("/api/v1/agents/{agent_id}", at("ada"))).status.agent_id, "ada");
  assert(read(await client.GET("/api/v1/agents")).agents.some((agent) => agent.agent_id === "ada"));
  assert.equal((await client.DELETE("/api/v1/agents/{agent_id}", at("ada"))).response.status, 204);
}

async function tasks() {
  const params = { path: { agent_id: "critic" } };
  const body = { operation: "summarize", parameters: { text: "A synod is an assembly." } };
  const done = read(await client.POST("/agents/{agent_id}/execute", { params, body }));
  assert(done.status === "completed" && done.result && "response" in done.result);
  assert(done.result.response && done.result.usage.output_tokens);
  const path = { task_id: done.task_id };
  assert.equal(read(await client.GET("/tasks/{task_id}", { params: { path } })).timestamp, done.timestamp);
  const query = { status: "completed", limit: 10 } as const;
  assert(read(await client.GET("/tasks", { params: { query } })).tasks.some((task) => task.task_id === done.task_id));
}

async function models() {
  assert(read(await client.GET("/ollama/models")).models.some((card) => card.name.startsWith(model!)));
  const body: Schemas["OllamaChatRequest"] = {
    model: model!,
    message: "What is a synod?",
    conversation_history: [{ role: "user", content: "Hello" }],
  };
  assert(read(await client.POST("/ollama/chat", { body })).response);
}

/** Fields with defaults may be omitted. */
const SHORT: Schemas["DebateConfigurationRequest"] = {
  debate_topic: "Close it?",
  problem_statement: "",
  selected_agents: ["analyst", "critic"],
};

async function debates() {
  const header = { "Idempotency-Key": "typescript" };
  const opened = read(await client.POST("/debate/initialize", { params: { header }, body: SHORT }));
  const params = { path: { debate_id: opened.debate_id } };
  const at = { params };
  const { config, limits } = read(await client.GET("/api/v1/debates/{debate_id}", at));
  assert.equal(config.debate_rules.max_tokens_per_turn, 400);
  assert.deepEqual(limits, opened.limits);
  const early = refused(await client.POST("/api/v1/debates/{debate_id}/vote", at));
  assert.equal("debate_status" in early && early.debate_status, "initialized");
  for (const action of ["start", "pause"] as const) {
    const done = read(await client.POST("/debate/{debate_id}/control", { ...at, body: { action } }));
    assert.equal(done.action, action);
  }
  const said = { text: "The bus runs every ten minutes." };
  const interjection = await client.POST("/api/v1/debates/{debate_id}/interjections", { ...at, body: said });
  assert(read(interjection).seq > 2);
  read(await client.POST("/debate/{debate_id}/control", { ...at, body: { action: "resume" } }));
  read(await client.POST("/api/v1/debates/{debate_id}/vote", at));
  await closed(opened.debate_id);

  const rules = { options: ["agree", "disagree"], min_rounds: 0 } satisfies Schemas["DebateRules"];
  const body: Schemas["NewDebateRequest"] = {
    ...SHORT,
    debate_mode: "structured",
    max_rounds: 1,
    max_iterations_per_round: 1,
    debate_rules: rules,
  };
  assert.equal(read(await client.POST("/api/v1/debates/estimate", { body })).of, 2);
  const created = read(await client.POST("/api/v1/debates", { body }));
  const debate = await closed(created.debate_id);
  assert.equal(debate.verdict?.outcome, "consensus" satisfies Schemas["Outcome"]);
  assert.equal(debate.rounds[0]?.tally.asked, 2);
  await papers(created.debate_id);
  await shares(created.debate_id);
  const page = read(await client.GET("/api/v1/debates", { params: { query: { status: "completed", limit: 1 } } }));
  const times = { since: "1d", before: "2999-01-01" };
  const recent = read(await client.GET("/api/v1/debates", { params: { query: times } }));
  assert.ok(recent.debates.length > 0 && recent.damaged.length === 0);
  assert.equal(page.debates[0]?.debate_id, created.debate_id);
  const deleted = await client.DELETE("/api/v1/debates/{debate_id}", { params: { path: { debate_id: created.debate_id } } });
  assert.equal(deleted.response.status, 204);
  assert.equal(read(await client.GET("/api/v1/schemas/debate-rules"))["type"], "object");
}

/** Waits for the end of a debate and returns it. */
async function closed(debate_id: string): Promise<Schemas["DebateView"]> {
  for (let tries = 0; tries < 600; tries += 1) {
    const debate = read(await client.GET("/debates/{debate_id}", { params: { path: { debate_id } } }));
    if (debate.verdict) return debate;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("the debate does not end");
}

async function papers(debate_id: string) {
  const path = { debate_id };
  const events = read(await client.GET("/api/v1/debates/{debate_id}/events", { params: { path, query: { limit: 1_000 } } }));
  assert(typeof events === "object");
  assert.equal(events.events.map(keyword).filter((word) => word === "consensus").length, 1);
  const markdown = await client.GET("/api/v1/debates/{debate_id}/transcript", { params: { path }, parseAs: "text" });
  assert(read(markdown).startsWith("# "));
  const query = { format: "json" } as const;
  const transcript = read(await client.GET("/api/v1/debates/{debate_id}/transcript", { params: { path, query } }));
  assert(typeof transcript === "object");
  assert.equal(transcript.verdict?.outcome, "consensus");
  const file = await client.GET("/api/v1/debates/{debate_id}/export", { params: { path }, parseAs: "text" });
  assert(read(file).startsWith('{"synod_export":1,'));
  assert(transcript.rounds[0]?.entries.every((entry) => entry.type !== "turn" || entry.text));
}

async function shares(debate_id: string) {
  const path = { debate_id };
  const { token } = read(await client.POST("/api/v1/debates/{debate_id}/shares", { params: { path } }));
  const listed = read(await client.GET("/api/v1/debates/{debate_id}/shares", { params: { path } })).shares;
  assert.deepEqual(listed.map((share) => share.token), [token]);
  const at = { params: { path: { token } } };
  assert.equal(read(await client.GET("/share/{token}/debate", at)).debate_id, debate_id);
  const events = read(await client.GET("/share/{token}/events", { params: { path: { token }, query: { limit: 10 } } }));
  assert(typeof events === "object" && events.events.length);
  const revoked = await client.DELETE("/api/v1/debates/{debate_id}/shares/{token}", { params: { path: { debate_id, token } } });
  assert.equal(revoked.response.status, 204);
}

/** Narrows an event by its type. */
function keyword(event: Schemas["DebateEvent"]): string | null {
  switch (event.type) {
    case "turn_ended":
      return event.data.text;
    case "ballot_recorded":
      return event.data.option;
    case "debate_closed":
      return event.data.outcome;
    case "move_chosen":
      return event.data.move;
    default:
      return null;
  }
}

await system();
await agents();
await tasks();
await models();
await debates();
process.stdout.write(JSON.stringify(asked));
