import { useTranslation } from "react-i18next";

import type { FlowDocument } from "../model/document";
import classes from "./new-flow.module.css";
import { thumbnail } from "./thumbnail";

interface TemplateCardProps {
  name: string;
  description: string;
  document: FlowDocument;
  isChosen: boolean;
  onChoose: () => void;
}

/** One thing to begin with, and a small picture of its graph. */
export function TemplateCard({ name, description, document, isChosen, onChoose }: TemplateCardProps) {
  const { t } = useTranslation("flows");
  const { viewBox, boxes, lines } = thumbnail(document);
  return (
    <label className={classes.card}>
      <input type="radio" name="template" checked={isChosen} onChange={onChoose} />
      <svg className={classes.picture} viewBox={viewBox} aria-hidden="true">
        {lines.map(({ id, path }) => (
          <path key={id} d={path} />
        ))}
        {boxes.map(({ id, x, y, width, height }) => (
          <rect key={id} x={x} y={y} width={width} height={height} rx={16} />
        ))}
      </svg>
      <span className={classes.name}>{name}</span>
      <span className={classes.text}>{description}</span>
      <span className={classes.text}>{t("create.nodes", { count: document.nodes.length })}</span>
    </label>
  );
}
