"""The design's routes that are measured, by FastAPI, behind the design's two middlewares; the
agents and the debate are at hand."""

import json
import os
import pathlib
import time
import uuid
from collections import deque
from datetime import UTC, datetime

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from reference_app.app import DebateConfigurationRequest

DEBATE = json.loads(pathlib.Path(os.environ["DEBATE"]).read_text(encoding="utf-8"))
AGENTS = [
    {
        "agent_id": name, "agent_type": "debater", "status": "idle",
        "capabilities": ["chat", "analyze", "summarize", "critique"],
        "task_count": 0, "success_count": 0, "error_count": 0, "success_rate": 0.0,
        "avg_task_duration": None, "created_at": "2026-01-01T00:00:00.000Z", "last_active_at": None,
    }
    for name in ("analyst", "critic", "moderator", "pragmatist", "skeptic", "visionary")
]

app = FastAPI()
debates = {}
times = deque(maxlen=1_000)


@app.middleware("http")
async def measure(request, call_next):
    began = time.perf_counter()
    response = await call_next(request)
    times.append(time.perf_counter() - began)
    response.headers["X-Response-Time"] = f"{times[-1]:.4f}"
    return response


app.add_middleware(CORSMiddleware, allow_origins=["http://localhost"])


@app.get("/health")
async def health():
    return {"status": "healthy", "timestamp": datetime.now(UTC).isoformat()}


@app.get("/agents")
async def agents():
    return {"agents": AGENTS}


@app.get("/debates/{debate_id}")
async def debate(debate_id: str):
    return DEBATE


@app.post("/debate/initialize")
async def initialize(request: DebateConfigurationRequest):
    debate_id = str(uuid.uuid4())
    debates[debate_id] = request
    return {"debate_id": debate_id, "status": "initialized"}
