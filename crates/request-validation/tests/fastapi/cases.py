"""Asks FastAPI itself what it answers, and writes `cases.jsonl`: one case a line.

    pip install fastapi==0.136.3 'pydantic==2.13.*' httpx && python cases.py > cases.jsonl

A case is the model, where its values are read from (`body` or `query`), the raw text sent, and
either `detail` (the problems of a 422) or `read` (the values as they were understood).
"""

import json
from typing import Annotated, Any, Dict, List, Optional

from fastapi import FastAPI, Query
from fastapi.testclient import TestClient
from pydantic import BaseModel, Field


class Probe(BaseModel):
    whole: int = Field(3, ge=1, le=20)
    share: float = Field(0.5, ge=0.0, le=1.0)
    flag: bool = False
    word: str = Field("abc", min_length=2, max_length=5)
    choice: str = Field("low", pattern="^(low|high)$")
    names: List[str] = Field(["a", "b"], min_length=2, max_length=4)
    numbers: List[int] = []
    any: Dict[str, Any] = {}
    maybe_whole: Optional[int] = Field(None, ge=0, le=3600)
    maybe_share: Optional[float] = Field(None, ge=0.0, le=2.0)
    maybe_flag: Optional[bool] = None
    maybe_word: Optional[str] = None
    maybe_choice: Optional[str] = Field(None, pattern="^(low|high)$")
    maybe_list: Optional[List[Dict[str, Any]]] = None


class TaskRequest(BaseModel):
    operation: str
    parameters: Dict[str, Any] = Field(default_factory=dict)
    priority: Optional[str] = Field("normal", pattern="^(low|normal|high|urgent)$")
    timeout_seconds: Optional[int] = Field(None, ge=1, le=3600)


class DebateConfigurationRequest(BaseModel):
    debate_topic: str = Field(..., min_length=1, max_length=4096)
    problem_statement: str = Field(..., max_length=65536)
    debate_mode: str = Field("autonomous", pattern="^(structured|freeform|autonomous)$")
    max_rounds: int = Field(5, ge=1, le=20)
    max_iterations_per_round: int = Field(3, ge=1, le=10)
    consensus_threshold: float = Field(0.8, ge=0.0, le=1.0)
    time_limit_per_argument: int = Field(60, ge=10, le=300)
    selected_agents: List[str] = Field(..., min_length=2, max_length=16)
    debate_rules: Dict[str, Any] = Field(default_factory=dict)


class DebateControlRequest(BaseModel):
    action: str = Field(..., pattern="^(start|pause|resume|stop)$")


class OllamaChatRequest(BaseModel):
    model: str
    message: str
    agent_id: Optional[str] = None
    conversation_history: Optional[List[Dict[str, Any]]] = None
    temperature: Optional[float] = Field(0.7, ge=0.0, le=2.0)
    max_tokens: Optional[int] = Field(2048, ge=1, le=8192)


class ProbeQuery(BaseModel):
    limit: int = Field(50, ge=1, le=500)
    status: Optional[str] = Field(None, pattern="^(queued|running)$")
    deltas: bool = True
    after: Optional[int] = Field(None, ge=0)
    share: Optional[float] = None


app = FastAPI()


def body_route(model):
    async def route(request: model):
        return request.model_dump(exclude_unset=True)

    app.post(f"/{model.__name__}")(route)


MODELS = [Probe, TaskRequest, DebateConfigurationRequest, DebateControlRequest, OllamaChatRequest]
for model in MODELS:
    body_route(model)


@app.get("/ProbeQuery")
async def query(
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    status: Annotated[Optional[str], Query(pattern="^(queued|running)$")] = None,
    deltas: bool = True,
    after: Annotated[Optional[int], Query(ge=0)] = None,
    share: Optional[float] = None,
):
    return {"limit": limit, "status": status, "deltas": deltas, "after": after, "share": share}


client = TestClient(app, raise_server_exceptions=False)

VALUES = {
    "number": [
        "0", "1", "-1", "7", "20", "21", "99", "-0", "0.0", "-0.0", "7.0", "7.5", "20.0", "1e1", "1e-1", "1E2", "0.5", "1.0",
        "1.0000001", "2", "2.5", "3600", "3601", "9223372036854775807", "9223372036854775808", "1e18",
        "true", "false", "null", "[]", "{}", "[1]",
        '"7"', '" 7 "', '"\\t7\\n"', '"+7"', '"-7"', '"007"', '"7.0"', '"7.000"', '"7."', '".5"', '"7.5"', '"0.5"', '"1e1"', '"1_0"',
        '"1__0"', '"_1"', '"1_"', '"0x7"', '"abc"', '""', '" "', '"٧"', '"７"', '"- 7"', '"--7"', '"+"', '"1,0"', '"99"', '"0"', '"-0"',
        '"\\u00a07"', '"inf"', '"nan"', '"Infinity"', '"-inf"', '"NaN"', '"+nan"', '"1.0e0"', '"1_0.5"', '" 0.5 "', '"true"', '"1 0"', '"0.5f"',
        '"9223372036854775808"', '"' + "9" * 30 + '"', '"7.00_0"', '"1e400"', '"-0.0"', '"0_7"', '"00_7"', '"+_7"', '"-007"', '"0.5_0"', '"\\u001f7"', '"\\u00857"', '"1.5e-1"', '"1e"', '"."', '"e1"', '"infinit"', '"INF"', '"0b1"',
    ],
    "flag": [
        "true", "false", "0", "1", "2", "-1", "0.0", "1.0", "0.5", "null", "[]", "{}", '"true"', '"TRUE"', '"True"', '"t"', '"T"', '"yes"', '"y"', '"on"',
        '"1"', '"0"', '"no"', '"n"', '"off"', '"f"', '"false"', '"OFF"', '" true"', '"true "', '"2"', '""', '"1.0"', '"maybe"', "-0.0", "1e0",
    ],
    "word": ['"ab"', '"a"', '""', '"abcdef"', '"abcde"', '"ééé"', '"🦀🦀🦀🦀🦀"', '"🦀🦀🦀🦀🦀🦀"', '" a "', "5", "5.5", "true", "null", "[]", "{}", '"a\\u0000b"'],
    "choice": ['"low"', '"high"', '"bad"', '"LOW"', '"low\\n"', '" low"', '""', "5", "null", "[]", "true"],
    "list": [
        "[]", '["a"]', '["a","b"]', '["a","b","c","d","e"]', '["a","b","c","d","e",1,2]', "[1,2]", '["a",1,null,"d"]', "[1]", "[1,2,3,4,5,6]", "{}", '{"a":1}', '"ab"', "5", "null", "true", '[["a"],{}]', '["a","b","c",4]',
        '["1",2,"x",3.5]', '[{}]', '[{"a":[1]},2]', '[{"role":"user"}]', "[[]]", "[null]",
    ],
    "dict": ["{}", '{"a":1}', '{"a":{"b":[null]}}', "[]", "5", '"x"', "null", "true", '[["a",1]]'],
}

OF_FIELD = {
    "Probe": {
        "whole": "number", "share": "number", "flag": "flag", "word": "word", "choice": "choice", "names": "list", "numbers": "list",
        "any": "dict", "maybe_whole": "number", "maybe_share": "number", "maybe_flag": "flag", "maybe_word": "word", "maybe_choice": "choice", "maybe_list": "list",
    },
}

SEED = {
    "TaskRequest": [
        "{}", '{"operation":null}', '{"operation":"chat","priority":null,"timeout_seconds":null}', '{"operation":5,"parameters":[],"priority":"soon","timeout_seconds":0}',
        '{"operation":"chat","timeout_seconds":"3600","parameters":{"a":1.5}}', '{"operation":"chat","timeout_seconds":3601}', '{"operation":"chat","priority":1}', '{"operation":"chat","parameters":null,"unknown":1}',
        '{"timeout_seconds":"x","priority":"x"}',
    ],
    "DebateControlRequest": ["{}", '{"action":"start"}', '{"action":"go"}', '{"action":null}', '{"action":["start"]}', '{"action":"start","x":1}', '{"action":"stop\\n"}'],
    "OllamaChatRequest": [
        "{}", '{"model":"m","message":"hi"}', '{"model":1,"message":[],"agent_id":2,"conversation_history":{},"temperature":"hot","max_tokens":0}',
        '{"model":"m","message":"hi","temperature":2.1,"max_tokens":8193}', '{"model":"m","message":"hi","temperature":"1","max_tokens":"10"}', '{"model":"m","message":"hi","conversation_history":[{"role":"user"},5,"x",null]}',
        '{"model":"m","message":"hi","agent_id":null,"conversation_history":null,"temperature":null,"max_tokens":null}', '{"model":"m","message":"hi","max_tokens":1.5,"temperature":true}',
    ],
    "DebateConfigurationRequest": [
        "{}", '{"debate_topic":"t","problem_statement":"","selected_agents":["a","b"]}', '{"debate_topic":"t","problem_statement":"","selected_agents":["a"]}',
        '{"debate_topic":"","problem_statement":"","selected_agents":[]}', '{"debate_topic":5,"problem_statement":null,"debate_mode":null,"max_rounds":null,"max_iterations_per_round":[],"consensus_threshold":null,"time_limit_per_argument":{},"selected_agents":null,"debate_rules":null}',
        '{"debate_topic":"t","problem_statement":"p","debate_mode":"bad","max_rounds":99,"max_iterations_per_round":0,"consensus_threshold":-1,"time_limit_per_argument":9,"selected_agents":["a",1],"debate_rules":[]}',
        '{"debate_topic":"t","problem_statement":"p","max_rounds":"7","max_iterations_per_round":7.0,"consensus_threshold":"0.5","time_limit_per_argument":" 60 ","selected_agents":["a","b"]}',
        '{"debate_topic":"t","problem_statement":"p","max_rounds":true,"consensus_threshold":1,"time_limit_per_argument":300.0,"selected_agents":["a","b"]}',
        '{"problem_statement":"p","debate_topic":1,"max_rounds":"abc"}', '{"selected_agents":' + json.dumps([f"a{i}" for i in range(17)]) + "}",
        '{"debate_topic":' + json.dumps("x" * 4097) + ',"problem_statement":"","selected_agents":["a","b"]}',
    ],
}

RAW = ["null", "[]", "[1]", "5", '"x"', "true", "", " ", "{", '{"a":', '{"a":}', '{"a" 1}', "{a:1}", "{'a':1}", '{"a":1}}', '{"a":1,}', "[1,]", "nope", '{"a":nope}', '{"a":"b', '{"a":"\\x"}', '{"a":1 "b":2}',
       '{"whole":99,"whole":5}', '{"whole":5,"whole":99}', "\ufeff{}", '{"a":01}', '{"a":.5}', '{"a":1.}', '{"a":+1}', '{"a":"\n"}', " \n{ } ", "{}x", '{"é":}', '{"a":tru}', '{"a":-}', '{"word":"\\ud83e\\udd80x"}', "[" * 10, '{\n "a":\n ]', '{"a":1,\n\n "b" 2}', '{"unknown":{"deep":[1]}}']

TYPES = [None, "text/plain", "application/json", "application/json; charset=utf-8", "application/problem+json", "APPLICATION/JSON", "application/x-www-form-urlencoded", "application/jsonx", "json", "text/json", ""]

QUERIES = [
    "", "limit=10", "limit=abc", "limit=0", "limit=501", "limit=", "limit=1&limit=2", "limit=2&limit=x", "limit=%37", "limit=+7", "limit=7.0", "limit=7.5", "limit=true", "status=queued", "status=bad", "status=",
    "deltas=false", "deltas=off", "deltas=0", "deltas=maybe", "deltas=", "deltas", "after=-1", "after=null", "after=7&unknown=1", "limit=abc&status=bad&deltas=2&after=x", "share=0.5", "share=x", "share=1e3", "limit=%FF", "status=%FF", "LIMIT=7", "limit=10;status=queued", "share=%20.5", "&&limit=3&", "limit=1%2C0", "=5", "status=a%20b+c",
]


def case(model, where, sent, content_type="application/json"):
    if where == "query":
        answer = client.get(f"/{model}?{sent}" if sent else f"/{model}")
    else:
        headers = {} if content_type is None else {"content-type": content_type}
        answer = client.post(f"/{model}", content=sent.encode(), headers=headers)
    line = {"model": model, "in": where, "sent": sent}
    if content_type != "application/json":
        line["content_type"] = content_type
    if answer.status_code == 200:
        line["read"] = answer.json()
    elif answer.status_code == 422:
        line["detail"] = answer.json()["detail"]
    else:  # it broke: nothing to imitate
        return
    print(json.dumps(line, ensure_ascii=False, separators=(",", ":")))


for model, fields in OF_FIELD.items():
    for field, kind in fields.items():
        for value in VALUES[kind]:
            case(model, "body", f'{{"{field}":{value}}}')
for model, bodies in SEED.items():
    for body in bodies:
        case(model, "body", body)
for raw in RAW:
    case("Probe", "body", raw)
for content_type in TYPES:
    case("Probe", "body", '{"whole":99}', content_type)
for sent in QUERIES:
    case("ProbeQuery", "query", sent)
