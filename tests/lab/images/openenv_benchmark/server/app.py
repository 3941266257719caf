"""A benchmark environment on OpenEnv: steps that wait, and answers that say who gave them.

`uvicorn benchmark.server.app:app` serves /health, /reset, /step, and a session for each WebSocket
of /ws. MAX_CONCURRENT_ENVS are the sessions of one worker process at a time; PORT is what it
listens on, as its answers are to say.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import uuid

from openenv.core.env_server import Action, Environment, Observation, State, create_app
from pydantic import Field
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect


class WaitAction(Action):
    """A step that takes `wait_seconds`, and no work."""

    wait_seconds: float = Field(default=1.0, ge=0, le=3600)


class WaitObservation(Observation):
    """Who answered: the host and port, the process, and the session, 12 hex digits of its own."""

    waited_seconds: float = 0.0
    pid: int = 0
    session_hash: str = ""
    host_url: str = ""
    step_count: int = 0


class WaitEnvironment(Environment[WaitAction, WaitObservation, State]):
    """One session. Its waits take a thread of nobody's, so a process has room for thousands."""

    SUPPORTS_CONCURRENT_SESSIONS = True
    REQUIRES_SINGLE_THREAD_EXECUTOR = True  # else OpenEnv gives each session a thread of its own

    def __init__(self) -> None:
        super().__init__()
        self.session_hash = uuid.uuid4().hex[:12]
        self.step_count = 0

    def reset(self, seed: int | None = None, episode_id: str | None = None) -> WaitObservation:
        self.step_count = 0
        return self._observation(0.0)

    async def reset_async(
        self, seed: int | None = None, episode_id: str | None = None
    ) -> WaitObservation:
        return self.reset(seed, episode_id)

    def step(self, action: WaitAction, timeout_s: float | None = None) -> WaitObservation:
        return asyncio.run(self.step_async(action, timeout_s))

    async def step_async(
        self, action: WaitAction, timeout_s: float | None = None
    ) -> WaitObservation:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await asyncio.sleep(action.wait_seconds)
        self.step_count += 1
        return self._observation(loop.time() - began)

    @property
    def state(self) -> State:
        return State(episode_id=self.session_hash, step_count=self.step_count)

    def _observation(self, waited: float) -> WaitObservation:
        return WaitObservation(
            waited_seconds=waited,
            pid=os.getpid(),
            session_hash=self.session_hash,
            host_url=f"{socket.gethostname()}:{os.environ.get('PORT', '8000')}",
            step_count=self.step_count,
        )


class Unmourned:
    """A client that left first is no error: OpenEnv closes its WebSocket all the same."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with contextlib.suppress(WebSocketDisconnect):
            await self.app(scope, receive, send)


app = create_app(
    WaitEnvironment,
    WaitAction,
    WaitObservation,
    max_concurrent_envs=int(os.environ.get("MAX_CONCURRENT_ENVS", "100")),
)
app.add_middleware(Unmourned)
