"""Narration: one wave per cue from espeak-ng, joined with silence so that every cue's time is known exactly."""

import array
import subprocess
import wave
from pathlib import Path

RATE = 22050
# This voice reads Chinese characters through its pinyin table; plain "cmn" spells them out as English letters.
VOICE = "cmn-latn-pinyin"
# Words a minute as espeak-ng counts them: about three characters a second, a calm teacher's pace.
SPEED = 172
PEAK = 20000

# Readings that the voice's word list gets wrong.
SAY = {
    "重新": "chong2 xin1",
    "长按": "chang2 an4",
    "一行": "yi4 hang2",
    "银行": "yin2 hang2",
    "挂号": "gua4 hao4",
    "转账": "zhuan3 zhang4",
    "还有": "hai2 you3",
    "还是": "hai2 shi4",
    "还能": "hai2 neng2",
    "读数": "du2 shu4",
    "调大": "tiao2 da4",
    "调到": "tiao2 dao4",
    "得住": "de5 zhu4",
    "朝上": "chao2 shang4",
    "朝天": "chao2 tian1",
    "朝里": "chao2 li3",
    "弄堂": "long4 tang2",
    "着急": "zhao2 ji2",
    "血压": "xue4 ya1",
    "发暗": "fa1 an4",
    "重心": "zhong4 xin1",
    "下降": "xia4 jiang4",
    "参加": "can1 jia1",
    "为": "wei2",
}


def speak(words, work: Path, number):
    for plain, reading in SAY.items():
        words = words.replace(plain, f" {reading} ")
    out = work / f"cue-{number:02}.wav"
    subprocess.run(["espeak-ng", "-v", VOICE, "-s", str(SPEED), "-w", str(out), words], check=True)
    with wave.open(str(out)) as w:
        assert w.getframerate() == RATE and w.getnchannels() == 1
        pcm = array.array("h", w.readframes(w.getnframes()))
    loud = [i for i in range(0, len(pcm), 64) if abs(pcm[i]) > 200]
    if loud:
        pcm = pcm[max(0, loud[0] - 640):loud[-1] + 2200]
    top = max((abs(v) for v in pcm), default=1) or 1
    return array.array("h", (int(v * PEAK / top) for v in pcm))


def join(parts, total_s, out: Path):
    """parts: (start in seconds, samples)."""
    track = array.array("h", bytes(2 * int(total_s * RATE)))
    for start, pcm in parts:
        at = int(start * RATE)
        track[at:at + len(pcm)] = pcm
    track = track[:int(total_s * RATE)]
    with wave.open(str(out), "wb") as w:
        w.setnchannels(1)
        w.setsampwidth(2)
        w.setframerate(RATE)
        w.writeframes(track.tobytes())
