import { Skeleton } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { formatClock } from "@/shared/format/clock";
import { useNow } from "@/shared/format/use-now";
import { useAgents, useLiveQueues } from "@/shared/live/live-lists";
import type { LiveQueueView } from "@/shared/live/views";
import { useSession } from "@/shared/session/session";
import { Panel } from "@/shared/ui/panel";

import classes from "./rows.module.css";

/** The queues this agent answers, and who waits there. */
export function MyQueues() {
  const { t } = useTranslation("desk");
  const userId = useSession().user.id;
  const agents = useAgents();
  const queues = useLiveQueues();
  const mine = agents.data?.find(({ id }) => id === userId)?.queue_ids ?? [];
  const shown = (queues.data ?? []).filter(({ id }) => mine.includes(id));
  return (
    <Panel title={t("queues.title")}>
      {queues.isPending && <Skeleton height={72} radius="md" />}
      {queues.isSuccess && agents.isSuccess && shown.length === 0 && (
        <p className={classes.empty}>{t("queues.none")}</p>
      )}
      <ul className={classes.list}>
        {shown.map((queue) => (
          <QueueRow key={queue.id} queue={queue} />
        ))}
      </ul>
    </Panel>
  );
}

function QueueRow({ queue }: { queue: LiveQueueView }) {
  const { t } = useTranslation("desk");
  const now = useNow();
  const count = queue.waiting.length;
  const since = queue.longest_waiting_since;
  const details = [
    count === 0 ? t("queues.nobody") : t("queues.waiting", { count }),
    since !== null && t("queues.longest", { time: formatClock((now - Date.parse(since)) / 1000) }),
    t("queues.free", { count: queue.agents.available }),
  ];
  return (
    <li className={classes.row}>
      <div className={classes.what}>
        <div className={classes.name}>{queue.name}</div>
        <div className={classes.detail}>{details.filter(Boolean).join(" · ")}</div>
      </div>
      <span className={classes.count} data-waiting={count > 0 || undefined} aria-hidden="true">
        {count}
      </span>
    </li>
  );
}
