import { expect, it } from "vitest";

import { countErrors, problemsByFile, type FlowProblem } from "./flow-problems";

function problem(file: string, severity: FlowProblem["severity"], code: string): FlowProblem {
  return { file, severity, code, message: { vi: code, en: code } };
}

it("shows files with errors first, and errors first in each", () => {
  const problems = [
    problem("a.json", "warning", "a1"),
    problem("b.json", "warning", "b1"),
    problem("b.json", "error", "b2"),
  ];
  expect(problemsByFile(problems).map(({ file, problems }) => [file, problems.map(({ code }) => code)])).toEqual([
    ["b.json", ["b2", "b1"]],
    ["a.json", ["a1"]],
  ]);
  expect(countErrors(problems)).toBe(1);
});
