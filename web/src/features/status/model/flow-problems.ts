import type { components } from "@/shared/api/schema.gen";

export type FlowProblem = components["schemas"]["FlowProblem"];

export interface FileProblems {
  file: string;
  problems: FlowProblem[];
}

/** Return problems by file, errors before warnings, files with errors first. */
export function problemsByFile(problems: readonly FlowProblem[]): FileProblems[] {
  const files = new Map<string, FlowProblem[]>();
  for (const problem of [...problems].sort((a, b) => rank(a) - rank(b) || a.file.localeCompare(b.file))) {
    files.set(problem.file, [...(files.get(problem.file) ?? []), problem]);
  }
  return [...files].map(([file, problems]) => ({ file, problems }));
}

export function countErrors(problems: readonly FlowProblem[]): number {
  return problems.filter(({ severity }) => severity === "error").length;
}

function rank({ severity }: FlowProblem): number {
  return severity === "error" ? 0 : 1;
}
