// node model-learner-example.mjs ROOT OUTCOMES: records so many outcomes of a new model, and prints what the learner makes of the task
// as one JSON document. CHANGEOVER_PATIENCE_MS: how long it tries to reach the gateway.

import { ModelLearner } from "./model-learner.mjs";

const [root, outcomes] = process.argv.slice(2);
const said = [];
const patience = Number(process.env.CHANGEOVER_PATIENCE_MS || 30_000);
const learner = await ModelLearner.open(root, { log: (words) => said.push(words), patience });
for (let i = 0; i < Number(outcomes); i++) {
  await learner.recordOutcome("plan-slice", "forge/one", { success: i > 0, tokensUsed: 100, costUsd: 0.5 });
}
const ranked = await learner.getRankedModels("plan-slice");
console.log(
  JSON.stringify({
    said,
    mine: ranked.find((each) => each.modelId === "forge/one") ?? null,
    ranked,
    demote: await Promise.all(ranked.map((each) => learner.shouldDemote("plan-slice", each.modelId))),
    candidates: await learner.getABTestCandidates("plan-slice"),
  }),
);
