import { Button, Group, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { PhoneOff } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { SimulationRun } from "../api/views";
import type { Json } from "../model/document";
import { isWaitKind, OUTCOMES, type WaitKind } from "../model/scenario";
import type { Simulator } from "../state/use-simulator";
import classes from "./simulator.module.css";

const KEYS = Array.from("123456789*0#");

interface CallerMovesProps {
  waiting: NonNullable<SimulationRun["waiting"]>;
  simulator: Simulator;
}

/** What can happen next, by what the call waits for. */
export function CallerMoves({ waiting, simulator }: CallerMovesProps) {
  const { t } = useTranslation("flows");
  return (
    <Stack gap="xs">
      <Text size="sm">{isWaitKind(waiting.kind) ? t(`simulator.wait.${waiting.kind}`) : t("simulator.waiting")}</Text>
      {isWaitKind(waiting.kind) ? (
        <Outcomes kind={waiting.kind} simulator={simulator} />
      ) : (
        <DialPad key={waiting.node_id} simulator={simulator} />
      )}
      <Button
        size="xs"
        variant="light"
        color="red"
        leftSection={<PhoneOff size={14} aria-hidden="true" />}
        disabled={simulator.isPending}
        onClick={() => {
          simulator.send({ hangup: true });
        }}
      >
        {t("simulator.hangUp")}
      </Button>
    </Stack>
  );
}

function DialPad({ simulator }: { simulator: Simulator }) {
  const { t } = useTranslation("flows");
  const [keys, setKeys] = useState("");
  const send = () => {
    simulator.send({ keys });
    setKeys("");
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <Stack gap="xs">
        <TextInput
          aria-label={t("simulator.typed")}
          placeholder={t("simulator.typed")}
          inputMode="tel"
          value={keys}
          onChange={({ currentTarget }) => {
            setKeys(currentTarget.value.replaceAll(/[^0-9*#]/g, "").slice(0, 64));
          }}
        />
        <div className={classes.pad} role="group" aria-label={t("simulator.pad")}>
          {KEYS.map((key) => (
            <Button
              key={key}
              variant="default"
              size="sm"
              onClick={() => {
                setKeys(keys + key);
              }}
            >
              {key}
            </Button>
          ))}
        </div>
        <Button type="submit" size="sm" loading={simulator.isPending}>
          {keys === "" ? t("simulator.silence") : t("simulator.send", { keys })}
        </Button>
      </Stack>
    </form>
  );
}

function Outcomes({ kind, simulator }: { kind: WaitKind; simulator: Simulator }) {
  const { t } = useTranslation("flows");
  const [body, setBody] = useState("");
  const json = readJson(body);
  return (
    <>
      {kind === "http" && (
        <Textarea
          aria-label={t("simulator.httpBody")}
          placeholder={t("simulator.httpBody")}
          autosize
          maxRows={5}
          error={json === undefined && t("simulator.badJson")}
          value={body}
          onChange={({ currentTarget }) => {
            setBody(currentTarget.value);
          }}
        />
      )}
      <Group gap={6}>
        {OUTCOMES[kind].map((outcome) => (
          <Button
            key={outcome}
            size="xs"
            variant="default"
            disabled={simulator.isPending || json === undefined}
            onClick={() => {
              const answer: Json = kind === "http" && json != null ? { outcome, body: json } : { outcome };
              simulator.send({ [kind]: answer });
            }}
          >
            {t(`simulator.outcome.${outcome}`)}
          </Button>
        ))}
      </Group>
    </>
  );
}

/** Return what a text says in JSON; null for an empty one, undefined when it cannot be read. */
function readJson(text: string): Json | undefined {
  if (text.trim() === "") return null;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
