"""The sampling explorer: the prompt, the settings and the tokens after it stand in the address."""

from __future__ import annotations

from typing import Any

from tornado import web

from nlpjourney.app.handlers.base import PageHandler
from nlpjourney.app.views import sampling
from nlpjourney.app.worker import WorkerDied
from nlpjourney.assets import AssetError


class SamplingHandler(PageHandler):
    @web.authenticated
    async def get(self) -> None:
        def argument(name: str, otherwise: str = "") -> str:
            return str(self.get_query_argument(name, otherwise))

        view = sampling.SamplingView(
            text=argument("text"),
            values={name: argument(name, plain)[:20] or plain for name, plain in sampling.PLAIN.items()},
            drawing=bool(argument("draw")),
        )
        try:
            view.added = sampling.read_ids(argument("then"))
            *settings, seed = sampling.read_settings(view.values)
            if len(view.text) > view.limit:
                raise sampling.BadSetting(f"The prompt may have {view.limit:,} characters at most.")
            if view.text.strip():
                view.found = await self.settings["journey_sampling"].run(
                    sampling.look, view.text, view.added, *settings, seed if view.drawing else None
                )
                view.problem = view.found.problem
        except AssetError:
            view.problem = "The model is not on this machine and could not be fetched. Other pages work without it."
        except (sampling.BadSetting, WorkerDied) as error:
            view.problem = str(error)
        await self.page("sampling.html", view=view)


HANDLERS: list[tuple[Any, ...]] = [(r"/journey/demos/sampling", SamplingHandler)]
