"""The spoken interview from moment to moment: what is asked, heard, said and stored, in one thread and on a clock that is given.

The question is put aloud, and the microphone is open all the while. In a pause the answer so far is graded ahead; when the turn is
over, the coach acknowledges it at once and says what the grade has to say. The answer is stored as soon as it can no longer be
withdrawn; the session's own grading runs while the coach speaks, and is waited for only a little longer.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from coach.errors import CoachError, ModelError, UsageError
from coach.interview_state import Thread, Turn
from coach.session import Session
from coach.spoken import Transcript
from coach.updates import FastGraded
from coach.voice import hearing as h
from coach.voice import messages as m
from coach.voice import phrases, turns
from coach.voice.ahead import Ahead, covered
from coach.voice.answers import Answer
from coach.voice.echo import is_echo
from coach.voice.garbled import unusable
from coach.voice.reaction import acknowledgement, reaction_to
from coach.voice.replies import Replies
from coach.voice.screen import STOPPED, Screen
from coach.voice.sound import RATE, Samples
from coach.voice.terms import terms_of
from coach.voice.tools import Desk, Running, Tools
from coach.voice.work import Work

WAIT = 3.0  # seconds for which the full check is waited for once the reaction has been spoken
NOISE = 1.0  # seconds of sound without a word that are passed over in silence
LONGEST = round(turns.LONGEST * RATE)  # samples of an answer that is recorded first

log = logging.getLogger(__name__)


class Dialogue:
    """One conversation about one session. Everything is called in one thread; `work` brings results back to it."""

    def __init__(
        self, tools: Tools, desk: Desk, session_id: str, send: Callable[[m.Outgoing], None], work: Work, clock: Callable[[], float]
    ) -> None:
        """Load the models, which takes seconds. Nothing is said before the page says hello. Raises a CoachError."""
        self._tools, self._desk, self._id, self._clock = tools, desk, session_id, clock
        self._screen = Screen(send)
        parts = tools.voice
        parts.warm()
        self._hearing = h.Hearing(parts.detector(), parts.recogniser, parts.quick, work, self._heard)
        self._hearing.turns.patience = tools.settings.patience
        self._replies = Replies(parts.synthesiser, send, work, clock)
        self._ahead = Ahead(tools, session_id, work, self._graded_ahead)
        self._keep = tools.settings.keep_recordings
        self._hello: m.Hello | None = None
        self._session: Session | None = None
        self._turn: Turn | None = None  # that waits for an answer
        self._asked = False  # whether a question was put in this conversation
        self._hints = 0  # that were read aloud
        self._answer: Answer | None = None  # that is not stored yet
        self._waits = False  # it is final, and waits until what is being graded is done: a transcript that was corrected
        self._unanswered: Answer | None = None  # whose reply waits for what the grade ahead has to say
        self._recorded: list[Samples] = []
        self._running: Running | None = None
        self._due = False  # the answer is graded: go on as soon as nobody speaks
        self._silent_since: float | None = None
        self._was_said = ""  # when the candidate broke in

    # -- what comes from the page

    def hear(self, samples: Samples) -> None:
        """Sound from the microphone."""
        if self._hello is None or self._screen.over:
            return
        if self._hello.streams:
            self._hearing.hear(samples)
        elif sum(map(len, self._recorded)) < LONGEST:
            self._recorded.append(samples)
        self._listen_for_echo()

    def message(self, message: m.ClientMessage) -> None:
        """A message of the page."""
        match message:
            case m.Hello():
                self._hello, self._replies.speaks = message, message.speaks
                self._look()
            case m.Done():
                if not self._hearing.done():
                    self._screen.problem(phrases.NOTHING_YET)
            case m.Thinking():
                self._hearing.think()
                self._screen.show("listening", "Take your time.")
            case m.SetPatience():
                self._hearing.turns.patience = message.seconds
            case m.Keep():
                self._keep = message.on
            case m.Played():
                self._replies.played(message.reply)
            case m.Stopped():
                self._replies.stop()
            case m.Moved():
                self._moved()
            case m.Recorded():
                self._take_recording()
        self.tick()

    def tick(self) -> None:
        """Look at what goes on elsewhere: the grading, and the sound that was sent."""
        self._replies.tick()
        if not self._replies.silent:
            self._silent_since = None
        elif self._silent_since is None:
            self._silent_since = self._clock()
            if self._turn is not None and self._answer is None:
                self._screen.show("listening")
            elif self._running is not None or self._answer is not None:
                self._screen.show("thinking")
        self._watch()
        if self._due and self._replies.silent and self._hearing.turns.phase == "waiting":
            self._due = False
            self._look()  # afresh: the page may have moved it on, or have a transcript graded again
        self._listen_for_echo()

    def close(self) -> None:
        """The page is gone. An answer that was said to its end is stored."""
        try:
            self._store()
        finally:
            self._ahead.forget()
            self._desk.keep_at(self._id, None)

    # -- where the session stands

    @property
    def _thread(self) -> Thread:
        assert self._session is not None
        assert self._session.state.thread is not None
        return self._session.state.thread

    @property
    def _mock(self) -> bool:
        return self._session is None or self._session.state.setup.mode == "mock"

    def _look(self) -> None:
        """Go on from where the session stands."""
        try:
            running = self._desk.find(self._id)
            session = running.session if running is not None else self._desk.open(self._id)
            if running is None and session.state.ended is None and session.state.open_turn is None:
                running = self._desk.resume(self._id)
        except CoachError as error:
            running = self._desk.find(self._id)  # the page may have gone on with it just now
            if running is None:
                self._end(error)
                return
            session = running.session
        if running is not None:
            self._turn, self._running = None, running
            self._screen.show("thinking")
        else:
            self._stand(session)

    def _stand(self, session: Session) -> None:
        """Put the question that is open, or say that there is none any more."""
        self._session, state, turn = session, session.state, session.state.open_turn
        if state.ended is not None:
            self._go_on(len(state.threads) + 1)  # to the report
            self._replies.say(phrases.GOODBYE if state.ended == "finished" else phrases.STOPPED)
            self._end()
        elif turn is None:
            self._look()
        elif self._turn is None or turn.id != self._turn.id:
            self._turn, self._hints = turn, len(self._thread.hints)
            self._go_on(self._thread.number)
            self._ahead.turn_to(self._thread)
            question = self._thread.question
            self._hearing.expect(terms_of(question, self._tools.store.questions(question.bank)))
            self._ask(phrases.question_aloud(state, turn, first=not self._asked))
            self._asked = True
            self._replies.prepare(acknowledgement(turn.id, mock=self._mock))  # the first words of the reply are to be there at once
        elif len(self._thread.hints) > self._hints:
            self._hints = len(self._thread.hints)
            self._ask(self._thread.hints[-1].text)

    def _go_on(self, number: int) -> None:
        """Have the page go on with the talk, and no sooner: what comes of an answer stays in view while it is spoken of."""
        self._desk.keep_at(self._id, number)
        self._screen.moved()

    def _moved(self) -> None:
        """The candidate typed, skipped, asked for a hint or ended on the page."""
        if self._screen.over:
            return
        before = self._turn
        try:
            session = self._desk.open(self._id)
        except CoachError as error:
            self._end(error)
            return
        if before is None or session.state.open_turn is None or session.state.open_turn.id != before.id:
            self._replies.stop()
            self._hearing.expect(())
            self._turn = self._answer = self._unanswered = None
            self._waits = self._due = False
        self._look()

    def _watch(self) -> None:
        """Go on when the grading is done, and stop the full check when it takes too long."""
        if self._running is None:
            return
        if self._running.job.finished:
            error, self._running = self._running.job.error, None
            if self._waits:
                self._store()
            elif error is None:
                self._due = True
            else:  # to go on would grade it again, and fail again
                self._end(error if isinstance(error, CoachError) else ModelError(phrases.UNGRADED))
        elif self._silent_since is not None and self._clock() - self._silent_since >= WAIT:
            self._desk.stop(self._id)

    # -- what is heard

    def _heard(self, event: h.HeardEvent) -> None:
        match event:
            case h.Began():
                self._was_said = self._replies.audible if event.barged else ""
                self._replies.stop()
                self._screen.show("listening")
            case h.PartialHeard():
                self._screen.tell(m.Partial(text=event.text))
                if self._turn is not None and not self._mock:
                    self._ahead.glance(event.text, self._clock())
            case h.Prepared():
                self._screen.tell(m.Partial(text=event.transcript.text))
                if self._turn is not None and not self._mock:
                    self._ahead.grade(event.transcript.text)
            case h.Resumed():
                self._ahead.forget()
            case h.Over():
                self._take(event)
            case h.TakenBack():
                self._answer = self._unanswered = None
                self._ahead.forget()
                self._replies.stop()
                self._screen.tell(m.WithdrawnReply())
                self._screen.show("listening")
            case h.Final():
                self._store()
            case h.Failed():
                self._screen.problem(event.error)
                self._ask(phrases.LOST)

    def _take(self, over: h.Over) -> None:
        """A turn is over: an answer, a request, noise, or nothing that can be made out."""
        transcript, turn = over.transcript, self._turn
        if turn is None:
            self._hearing.expect(())
            self._screen.show("thinking")
            if transcript.words:
                self._screen.problem(phrases.TOO_LATE)
            return
        if not transcript.words and transcript.speech < NOISE and not over.by_hand:
            self._again("")
        elif self._was_said and (is_echo(transcript.text, self._was_said) or unusable(transcript)):  # the coach broke in on itself
            self._hearing.guard.fooled()
            self._again(turn.text)
        elif (reason := unusable(transcript)) is not None:
            self._not_heard(transcript, reason)
        elif (request := phrases.request_of(transcript.text)) == "repeat":
            self._again(turn.text)
        elif request == "skip":
            self._skip()
        else:
            self._acknowledge(turn, over)

    def _acknowledge(self, turn: Turn, over: h.Over) -> None:
        """Answer the answer: a word at once, and then what the grade ahead has to say."""
        answer = Answer(turn, self._thread.question, over.transcript, over.sound, self._replies.begin())
        self._answer = answer
        self._replies.add(answer.reply, acknowledgement(turn.id, mock=self._mock))
        self._screen.tell(m.Heard(text=answer.text, mended=answer.mended))
        self._screen.show("replying")
        if self._mock:
            self._replies.end(answer.reply)
        else:
            self._unanswered = answer
            self._ahead.grade(answer.text)

    def _graded_ahead(self, text: str, graded: FastGraded | None) -> None:
        """The grade ahead of what was said so far is there, or could not be had."""
        answer = self._unanswered
        turn = answer.turn if answer is not None else self._turn
        if turn is None:
            return
        reaction = reaction_to(graded.grade, turn.id) if graded is not None else ()
        if graded is not None:
            question = self._thread.question
            self._screen.tell(m.Points(places=covered(question, graded), of=len(question.key_points)))
        if answer is not None and answer.text == text:
            self._unanswered = None
            self._replies.add(answer.reply, " ".join(reaction))
            self._replies.end(answer.reply)
        else:
            self._replies.prepare(" ".join(reaction))

    def _again(self, text: str) -> None:
        """Wait for the answer once more, after saying something, if there is something to say."""
        self._hearing.expect(self._hearing.terms)
        self._ahead.forget()
        if text:
            self._ask(text)
        else:
            self._screen.show("listening")

    def _not_heard(self, transcript: Transcript, reason: str) -> None:
        """Nothing can be made of it: say so, note it, and wait for the answer once more."""
        try:
            self._desk.not_heard(self._id, transcript, reason)
        except CoachError as error:
            log.warning("session %s: could not note that nothing was made out (%s)", self._id, error)
        self._screen.moved()
        self._again(reason)

    def _skip(self) -> None:
        self._hearing.expect(())
        self._turn = None
        try:
            session = self._desk.skip(self._id)
        except CoachError as error:
            self._screen.problem(error)
            self._look()
        else:
            self._stand(session)

    def _take_recording(self) -> None:
        samples, self._recorded = self._recorded, []
        self._replies.stop()
        if samples and self._turn is not None:
            self._screen.show("thinking", "Listening to your recording…")
            self._hearing.whole(samples)
        else:
            self._screen.problem(phrases.TOO_LATE if samples else phrases.NOTHING_YET)
            self._screen.remind()

    def _store(self) -> None:
        """Store the answer, which can no longer be withdrawn, and have it graded; later, where something else of it is being graded."""
        answer, running = self._answer, self._desk.find(self._id)
        self._waits = answer is not None and running is not None
        if answer is None:
            return
        if self._waits:
            self._running = running
            return
        self._answer = None
        self._turn = None
        try:
            turn = self._desk.open(self._id).state.open_turn
            if turn is None or turn.id != answer.turn.id:
                raise UsageError(phrases.ANSWERED)
            self._desk.keep_at(self._id, self._thread.number)
            self._running = self._desk.submit(self._id, answer.text, answer.spoken(self._recording(answer)))
        except CoachError as error:
            self._screen.problem(error)
            self._look()
        else:
            self._screen.moved()

    def _recording(self, answer: Answer) -> str | None:
        """Keep the sound of an answer where that is asked for."""
        if not self._keep:
            return None
        try:
            return answer.keep_sound(self._tools.settings.home, self._id)
        except CoachError as error:
            self._screen.problem(error)
            return None

    # -- what is said and shown

    def _ask(self, text: str) -> None:
        self._replies.say(text)
        self._screen.show("asking")

    def _end(self, problem: CoachError | None = None) -> None:
        if problem is not None:
            self._desk.keep_at(self._id, None)
            self._screen.problem(problem)
        self._screen.show("over", STOPPED if problem is not None else "")

    def _listen_for_echo(self) -> None:
        """Let the ears know what the coach says just now."""
        self._hearing.coach_says(self._replies.audible)
