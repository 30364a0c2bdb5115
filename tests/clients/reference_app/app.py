"""The request models of the design, served by FastAPI. Synod's refusals are compared with those of this
application, whose handlers do nothing."""

from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Query
from pydantic import BaseModel, Field

AGENTS = {"analyst", "critic", "pragmatist", "visionary", "skeptic", "moderator"}

app = FastAPI()

Priority = Annotated[str, Field(pattern="^(low|normal|high|urgent)$")]
Seconds = Annotated[int, Field(ge=1, le=3600)]
Temperature = Annotated[float, Field(ge=0.0, le=2.0)]
Tokens = Annotated[int, Field(ge=1, le=8192)]


class TaskRequest(BaseModel):
    operation: str
    parameters: dict[str, Any] = {}
    priority: Priority | None = "normal"
    timeout_seconds: Seconds | None = None


class DebateConfigurationRequest(BaseModel):
    debate_topic: str
    problem_statement: str
    debate_mode: str = Field("autonomous", pattern="^(structured|freeform|autonomous)$")
    max_rounds: int = Field(5, ge=1, le=20)
    max_iterations_per_round: int = Field(3, ge=1, le=10)
    consensus_threshold: float = Field(0.8, ge=0.0, le=1.0)
    time_limit_per_argument: int = Field(60, ge=10, le=300)
    selected_agents: list[str]
    debate_rules: dict[str, Any] = {}


class DebateControlRequest(BaseModel):
    action: str = Field(pattern="^(start|pause|resume|stop)$")


class OllamaChatRequest(BaseModel):
    model: str
    message: str
    agent_id: str | None = None
    conversation_history: list[dict[str, Any]] | None = None
    temperature: Temperature | None = 0.7
    max_tokens: Tokens | None = 2048


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "healthy"}


@app.post("/agents/{agent_id}/execute")
async def execute(agent_id: str, request: TaskRequest):
    if agent_id not in AGENTS:
        raise HTTPException(404, "Agent not found")
    return {}


@app.get("/tasks")
async def tasks(status: str | None = None, limit: Annotated[int, Query(ge=1, le=500)] = 50):
    return {"tasks": []}


@app.post("/ollama/chat")
async def chat(request: OllamaChatRequest):
    raise HTTPException(404, "no model is served here")


@app.post("/debate/initialize")
async def initialize(request: DebateConfigurationRequest):
    if not AGENTS.issuperset(request.selected_agents):
        raise HTTPException(404, "Agent not found")
    return {"status": "initialized"}


@app.post("/debate/{debate_id}/control")
async def control(debate_id: str, request: DebateControlRequest):
    raise HTTPException(404, "Debate not found")
