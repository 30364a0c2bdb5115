"""Calls every route of a server with the client that `openapi-python-client` generated.

    drive.py URL MODEL

`mypy --strict` judges this file with the client.
"""

from __future__ import annotations

import sys
import time
from typing import Any, TypeVar
from uuid import UUID

import httpx

from document import Document
from synod_client import Client
from synod_client.api.agents import (
    change_agent_api_v1_agents_agent_id_patch as change_agent,
    get_agent_status_agents_agent_id_status_get as get_agent_status,
    list_agents_agents_get as list_agents,
    list_registered_agents_api_v1_agents_get as list_registered_agents,
    read_agent_api_v1_agents_agent_id_get as read_agent,
    register_agent_api_v1_agents_post as register_agent,
    remove_agent_api_v1_agents_agent_id_delete as remove_agent,
)
from synod_client.api.debates import (
    call_vote_api_v1_debates_debate_id_vote_post as call_vote,
    control_debate_debate_debate_id_control_post as control_debate,
    create_debate_api_v1_debates_post as create_debate,
    create_share_api_v1_debates_debate_id_shares_post as create_share,
    debate_rules_schema_api_v1_schemas_debate_rules_get as debate_rules_schema,
    delete_debate_api_v1_debates_debate_id_delete as delete_debate,
    estimate_debate_api_v1_debates_estimate_post as estimate_debate,
    export_debate_api_v1_debates_debate_id_export_get as export_debate,
    get_debate_status_debates_debate_id_get as get_debate_status,
    initialize_debate_debate_initialize_post as initialize_debate,
    interject_api_v1_debates_debate_id_interjections_post as interject,
    list_debates_api_v1_debates_get as list_debates,
    list_shares_api_v1_debates_debate_id_shares_get as list_shares,
    read_debate_api_v1_debates_debate_id_get as read_debate,
    read_events_api_v1_debates_debate_id_events_get as read_events,
    read_transcript_api_v1_debates_debate_id_transcript_get as read_transcript,
    revoke_share_api_v1_debates_debate_id_shares_token_delete as revoke_share,
)
from synod_client.api.models import (
    chat_with_ollama_ollama_chat_post as chat,
    get_ollama_models_ollama_models_get as get_models,
    list_hosts_api_v1_hosts_get as list_hosts,
)
from synod_client.api.system import (
    get_system_status_system_status_get as get_system_status,
    health_check_health_get as health_check,
    livez_livez_get as livez,
    metrics_metrics_get as metrics,
    read_page_settings_api_v1_page_get as read_page_settings,
    read_shared_debate_share_token_debate_get as read_shared_debate,
    read_shared_events_share_token_events_get as read_shared_events,
    readyz_readyz_get as readyz,
)
from synod_client.api.tasks import (
    execute_task_agents_agent_id_execute_post as execute_task,
    get_task_status_tasks_task_id_get as get_task_status,
    list_tasks_tasks_get as list_tasks,
)
from synod_client.models import (
    AgentPatch,
    AgentRegistration,
    AgentState,
    AgentStatuses,
    AgentStatusResponse,
    ChatAnswer,
    ChatMessage,
    ChatRole,
    DebateAction,
    DebateClosedEvent,
    DebateConfigurationRequest,
    DebateControlled,
    DebateControlRequest,
    DebateEstimate,
    DebateMode,
    DebateOpened,
    DebateRules,
    DebateShare,
    DebateShares,
    DebatesPage,
    DebateStatus,
    DebateView,
    EventRendering,
    EventsPage,
    Health,
    HostReports,
    HTTPError,
    HTTPValidationError,
    InterjectionAccepted,
    InterjectionRequest,
    JsonSchemaDocument,
    Liveness,
    LivenessState,
    ModelList,
    NewDebateRequest,
    OllamaChatRequest,
    Outcome,
    PageSettings,
    PausePolicy,
    Problem,
    Readiness,
    ReadinessState,
    RegisteredAgent,
    RegisteredAgents,
    SystemState,
    SystemStatusResponse,
    Tally,
    TaskPriority,
    TaskRequest,
    TaskRequestParameters,
    TaskResult,
    TaskResults,
    TaskState,
    TaskText,
    TranscriptFormat,
    TurnEndedEvent,
    Verdict,
    VoteCalled,
)
from synod_client.types import UNSET, Response, Unset

Kind = TypeVar("Kind")


def read(kind: type[Kind], response: Response[Any]) -> Kind:
    """A response of the expected type."""
    assert isinstance(response.parsed, kind), f"{kind.__name__}: {response}"
    return response.parsed


def system(client: Client) -> None:
    assert read(Health, health_check.sync_detailed(client=client)).status.value == "healthy"
    assert read(Liveness, livez.sync_detailed(client=client)).status is LivenessState.ALIVE
    assert read(Readiness, readyz.sync_detailed(client=client)).status is ReadinessState.READY
    status = read(SystemStatusResponse, get_system_status.sync_detailed(client=client))
    assert status.system_status is SystemState.OPERATIONAL
    assert status.agents.additional_properties["critic"].status is AgentState.IDLE
    assert "# TYPE" in read(str, metrics.sync_detailed(client=client))
    assert read(PageSettings, read_page_settings.sync_detailed(client=client)).shares
    assert read(HostReports, list_hosts.sync_detailed(client=client)).hosts


def agents(client: Client) -> None:
    assert read(AgentStatuses, list_agents.sync_detailed(client=client)).agents
    assert read(AgentStatusResponse, get_agent_status.sync_detailed("critic", client=client)).agent_id == "critic"
    read(HTTPError, get_agent_status.sync_detailed("nobody", client=client))
    ada = AgentRegistration(agent_id="ada", expertise="an engineer")
    assert read(RegisteredAgent, register_agent.sync_detailed(client=client, body=ada)).agent_id == "ada"
    read(Problem, register_agent.sync_detailed(client=client, body=ada))
    patch = AgentPatch(voice="bluntly", host=None)
    assert read(RegisteredAgent, change_agent.sync_detailed("ada", client=client, body=patch)).voice == "bluntly"
    assert read(RegisteredAgent, read_agent.sync_detailed("ada", client=client)).status.agent_id == "ada"
    everyone = read(RegisteredAgents, list_registered_agents.sync_detailed(client=client)).agents
    assert "ada" in [agent.agent_id for agent in everyone]
    assert remove_agent.sync_detailed("ada", client=client).status_code == 204
    read(Problem, read_agent.sync_detailed("ada", client=client))


def tasks(client: Client) -> None:
    parameters = TaskRequestParameters.from_dict({"text": "A synod is an assembly."})
    request = TaskRequest(operation="summarize", parameters=parameters, priority=TaskPriority.HIGH)
    done = read(TaskResult, execute_task.sync_detailed("critic", client=client, body=request))
    assert done.status is TaskState.COMPLETED and isinstance(done.result, TaskText), done
    assert done.result.response and done.result.usage.output_tokens, done.result
    again = read(TaskResult, get_task_status.sync_detailed(done.task_id, client=client))
    assert again.task_id == done.task_id and again.timestamp == done.timestamp
    listed = list_tasks.sync_detailed(client=client, status=TaskState.COMPLETED)
    assert done.task_id in [task.task_id for task in read(TaskResults, listed).tasks]
    wrong = TaskRequest(operation="fly")
    refused = read(HTTPValidationError, execute_task.sync_detailed("critic", client=client, body=wrong))
    assert refused.detail and refused.detail[0].loc == ["body", "operation"], refused


def models(client: Client, model: str) -> None:
    names = [card.name for card in read(ModelList, get_models.sync_detailed(client=client)).models]
    assert any(name.startswith(model) for name in names), names
    history = [ChatMessage(role=ChatRole.USER, content="Hello"), ChatMessage(role=ChatRole.ASSISTANT, content="Hi")]
    request = OllamaChatRequest(model=model, message="What is a synod?", conversation_history=history)
    assert read(ChatAnswer, chat.sync_detailed(client=client, body=request)).response
    read(HTTPError, chat.sync_detailed(client=client, body=OllamaChatRequest(model="nobody", message="Hello")))


def configuration(topic: str, mode: DebateMode, rules: DebateRules) -> NewDebateRequest:
    return NewDebateRequest(
        debate_topic=topic,
        problem_statement="",
        selected_agents=["analyst", "critic", "pragmatist"],
        debate_mode=mode,
        max_rounds=1,
        max_iterations_per_round=1,
        debate_rules=rules,
    )


def control(
    client: Client, debate_id: UUID, action: DebateAction, policy: PausePolicy | Unset = UNSET
) -> DebateStatus:
    request = DebateControlRequest(action=action, policy=policy)
    done = read(DebateControlled, control_debate.sync_detailed(debate_id, client=client, body=request))
    assert done.action is action
    return done.status


def closed(client: Client, debate_id: UUID) -> DebateView:
    """Waits for the end of a debate and returns it."""
    for _ in range(600):
        debate = read(DebateView, get_debate_status.sync_detailed(debate_id, client=client))
        if debate.verdict is not None:
            return debate
        time.sleep(0.05)
    raise AssertionError("the debate does not end")


def debates(client: Client) -> None:
    # Fields with defaults may be omitted.
    agents = ["analyst", "critic"]
    short = DebateConfigurationRequest(debate_topic="Close it?", problem_statement="", selected_agents=agents)
    opened = read(DebateOpened, initialize_debate.sync_detailed(client=client, body=short, idempotency_key="a"))
    assert opened.status is DebateStatus.INITIALIZED and opened.limits.of == 2
    again = initialize_debate.sync_detailed(client=client, body=short, idempotency_key="a")
    assert read(DebateOpened, again).debate_id == opened.debate_id
    config = read(DebateView, read_debate.sync_detailed(opened.debate_id, client=client)).config
    assert config.debate_rules.max_tokens_per_turn == 400 and config.debate_mode is DebateMode.AUTONOMOUS
    refused = read(Problem, call_vote.sync_detailed(opened.debate_id, client=client))
    assert refused.debate_status is DebateStatus.INITIALIZED and refused.allowed, refused
    assert read(Problem, delete_debate.sync_detailed(opened.debate_id, client=client)).status == 409
    assert control(client, opened.debate_id, DebateAction.START) is DebateStatus.RUNNING
    assert control(client, opened.debate_id, DebateAction.PAUSE, policy=PausePolicy.ABORT) is DebateStatus.PAUSED
    said = InterjectionRequest(text="The bus runs every ten minutes.", author="Ada")
    assert read(InterjectionAccepted, interject.sync_detailed(opened.debate_id, client=client, body=said)).seq > 2
    assert control(client, opened.debate_id, DebateAction.RESUME) is DebateStatus.RUNNING
    # A vote can be called only during a discussion, so the request is repeated until one has begun.
    while "vote_called" not in kinds(client, opened.debate_id):
        called = read(VoteCalled, call_vote.sync_detailed(opened.debate_id, client=client))
        assert called.debate_id == opened.debate_id
    closed(client, opened.debate_id)
    expected = {"debate_initialized", "debate_paused", "debate_resumed", "interjected", "options_set"}
    assert expected <= kinds(client, opened.debate_id), kinds(client, opened.debate_id)

    rules = DebateRules(options=["agree", "disagree"], min_rounds=0, judge="visionary")
    body = configuration("Close it?", DebateMode.STRUCTURED, rules)
    estimate = read(DebateEstimate, estimate_debate.sync_detailed(client=client, body=body))
    assert estimate.of == 3 and estimate.max_calls
    created = read(DebateOpened, create_debate.sync_detailed(client=client, body=body))
    assert created.status is DebateStatus.RUNNING
    verdict_of(client, created.debate_id)
    transcripts(client, created.debate_id)
    pages(client, created.debate_id)
    shares(client, created.debate_id)
    assert delete_debate.sync_detailed(created.debate_id, client=client).status_code == 204
    assert read(Problem, read_debate.sync_detailed(created.debate_id, client=client)).status == 404
    schema = read(JsonSchemaDocument, debate_rules_schema.sync_detailed(client=client))
    assert "min_rounds" in schema.additional_properties["properties"]


def kinds(client: Client, debate_id: UUID) -> set[str]:
    """The kinds of the events of a debate."""
    after, found = 0, set[str]()
    while True:
        page = read(EventsPage, read_events.sync_detailed(debate_id, client=client, after=after, limit=10))
        found |= {event.type_ for event in page.events}
        if page.next_after is None:
            return found
        after = page.next_after


def verdict_of(client: Client, debate_id: UUID) -> None:
    debate = closed(client, debate_id)
    assert debate.status is DebateStatus.COMPLETED and isinstance(debate.verdict, Verdict)
    assert debate.verdict.outcome is Outcome.CONSENSUS and debate.verdict.answer is not None
    tally = debate.rounds[0].tally
    assert isinstance(tally, Tally) and tally.asked == 3 and sum(vote.count for vote in tally.votes) == tally.answered
    known = get_debate_status.sync_detailed(debate_id, client=client, if_none_match=f'W/"{debate.seq}"')
    assert known.status_code == 304


def transcripts(client: Client, debate_id: UUID) -> None:
    assert read(str, read_transcript.sync_detailed(debate_id, client=client)).startswith("# ")
    assert read(str, export_debate.sync_detailed(debate_id, client=client)).startswith('{"synod_export":1,')
    for form in TranscriptFormat:
        assert read(str, read_transcript.sync_detailed(debate_id, client=client, format_=form)), form


def pages(client: Client, debate_id: UUID) -> None:
    answer = read_events.sync_detailed(debate_id, client=client, limit=1_000, render=EventRendering.HTML)
    events = read(EventsPage, answer).events
    assert isinstance(events[-1], DebateClosedEvent) and events[-1].data.outcome is Outcome.CONSENSUS
    turns = [event for event in events if isinstance(event, TurnEndedEvent)]
    assert turns and all(turn.data.html for turn in turns)
    page = read(DebatesPage, list_debates.sync_detailed(client=client, status=DebateStatus.COMPLETED, limit=1))
    assert page.debates[0].debate_id == debate_id and page.next_cursor
    rest = read(DebatesPage, list_debates.sync_detailed(client=client, since="1d", cursor=page.next_cursor))
    assert rest.debates and rest.next_cursor is None and rest.damaged == []
    earlier = read(DebatesPage, list_debates.sync_detailed(client=client, before="1d"))
    assert earlier.debates == []


def shares(client: Client, debate_id: UUID) -> None:
    token = read(DebateShare, create_share.sync_detailed(debate_id, client=client)).token
    listed = read(DebateShares, list_shares.sync_detailed(debate_id, client=client)).shares
    assert [share.token for share in listed] == [token]
    assert read(DebateView, read_shared_debate.sync_detailed(token, client=client)).debate_id == debate_id
    assert read(EventsPage, read_shared_events.sync_detailed(token, client=client, limit=10)).events
    assert revoke_share.sync_detailed(debate_id, token, client=client).status_code == 204
    read(HTTPError, read_shared_debate.sync_detailed(token, client=client))


def main() -> None:
    url, model = sys.argv[1:]
    document = Document(httpx.get(f"{url}/openapi.json").json())

    def judge(response: httpx.Response) -> None:
        request = response.request
        content_type = response.headers.get("Content-Type", "")
        document.judge(request.method, request.url.path, response.status_code, content_type, response.read())

    client = Client(
        base_url=url,
        raise_on_unexpected_status=True,
        timeout=httpx.Timeout(60),
        httpx_args={"event_hooks": {"response": [judge]}},
    )
    system(client)
    agents(client)
    tasks(client)
    models(client, model)
    debates(client)
    assert not document.unseen(), f"not asked: {document.unseen()}"
    print("events:", *sorted(document.events))


if __name__ == "__main__":
    main()
