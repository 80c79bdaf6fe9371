import { describe, expect, it } from "vitest";
import { pipelineScene } from "./pipeline_scene.ts";
import { questionsScene } from "./questions_scene.ts";
import { topicsScene } from "./topics_scene.ts";
import { runSocketSeed, type SocketScene } from "./world.ts";

/** Of each scene. One seed more: `SOCKET_SEED=5 npx vitest run test/simulation/sockets`. */
const SEEDS = 70;
const ONLY = process.env["SOCKET_SEED"];
const SCENES: Readonly<Record<string, SocketScene>> = {
  "a pipeline": pipelineScene,
  topics: topicsScene,
  "questions and answers": questionsScene,
};

describe.each(Object.keys(SCENES))("sockets under faults: %s", (name) => {
  const seeds = ONLY === undefined ? Array.from({ length: SEEDS }, (_, i) => i + 1) : [Number(ONLY)];

  it(`keep every promise in ${seeds.length} seeds`, async () => {
    let delivered = 0;
    for (const seed of seeds) {
      const run = await runSocketSeed(seed, SCENES[name]!);
      expect({ seed, violation: run.violation }).toEqual({ seed, violation: undefined });
      expect(run.faults).toBeGreaterThan(5);
      delivered += run.delivered;
    }
    expect(delivered / seeds.length).toBeGreaterThan(50);
  });
});

it("the same seed is the same life", async () => {
  const [first, second] = [await runSocketSeed(3, pipelineScene), await runSocketSeed(3, pipelineScene)];
  expect(second).toEqual(first);
});
