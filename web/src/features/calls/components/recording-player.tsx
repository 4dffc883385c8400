import { ActionIcon, Group, SegmentedControl, Slider, Text } from "@mantine/core";
import { Pause, Play } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { formatClock } from "@/shared/format/clock";

import type { RecordingEntry, SegmentEntry } from "../api/calls";
import { useSegmentWords } from "../model/use-segment-words";
import classes from "./recording-player.module.css";

const SPEEDS = ["1", "1.25", "1.5", "2"];

interface RecordingPlayerProps {
  recording: RecordingEntry;
  segments: readonly SegmentEntry[];
}

/** Plays a recording; the stretches of the call are buttons that jump to where they begin. */
export function RecordingPlayer({ recording, segments }: RecordingPlayerProps) {
  const { t } = useTranslation("calls");
  const words = useSegmentWords();
  const audio = useRef<HTMLAudioElement>(null);
  const [playing, setPlaying] = useState(false);
  const [failed, setFailed] = useState(false);
  const [at, setAt] = useState(0);
  const [speed, setSpeed] = useState("1");
  const length = recording.duration_ms / 1000;
  const seek = (seconds: number) => {
    if (audio.current !== null) audio.current.currentTime = Math.min(Math.max(0, seconds), length);
    setAt(Math.min(Math.max(0, seconds), length));
  };
  const toggle = () => {
    if (audio.current === null) return;
    if (playing) audio.current.pause();
    else
      void audio.current.play().catch(() => {
        setFailed(true);
      });
  };
  const within = segments.filter(({ end_ms, start_ms }) => end_ms > recording.started_ms && end_ms - start_ms >= 1000);
  return (
    <div className={classes.player}>
      {/* eslint-disable-next-line jsx-a11y/media-has-caption -- a telephone call has no captions */}
      <audio
        ref={audio}
        src={recording.url}
        preload="none"
        onPlay={() => {
          setPlaying(true);
        }}
        onPause={() => {
          setPlaying(false);
        }}
        onEnded={() => {
          setPlaying(false);
        }}
        onError={() => {
          setFailed(true);
        }}
        onTimeUpdate={({ currentTarget }) => {
          setAt(currentTarget.currentTime);
        }}
      />
      <Group wrap="nowrap" gap="md">
        <ActionIcon size={44} radius="xl" aria-label={playing ? t("player.pause") : t("player.play")} onClick={toggle}>
          {playing ? <Pause size={20} /> : <Play size={20} />}
        </ActionIcon>
        <Slider
          className={classes.slider ?? ""}
          min={0}
          max={length}
          step={0.1}
          value={at}
          onChange={seek}
          label={formatClock}
          thumbLabel={t("player.position")}
        />
        <Text size="sm" className={classes.clock ?? ""}>
          {formatClock(at)} / {formatClock(length)}
        </Text>
      </Group>
      <Group gap="xs" justify="space-between">
        <Group gap={6} role="group" aria-label={t("player.jump")}>
          {within.map((segment) => (
            <button
              key={segment.start_ms}
              type="button"
              className={classes.jump}
              onClick={() => {
                seek((segment.start_ms - recording.started_ms) / 1000);
              }}
            >
              {formatClock(Math.max(0, segment.start_ms - recording.started_ms) / 1000)} {words.kind(segment.kind)}
            </button>
          ))}
        </Group>
        <SegmentedControl
          size="xs"
          aria-label={t("player.speed")}
          value={speed}
          data={SPEEDS.map((value) => ({ value, label: `${value}×` }))}
          onChange={(value) => {
            setSpeed(value);
            if (audio.current !== null) audio.current.playbackRate = Number(value);
          }}
        />
      </Group>
      {recording.truncated && (
        <Text size="sm" c="dimmed">
          {t("player.truncated")}
        </Text>
      )}
      {failed && (
        <Text size="sm" role="alert" className={classes.failed ?? ""}>
          {t("player.failed")}
        </Text>
      )}
    </div>
  );
}
