// The world of the model, for the tests that do more to it than a case of the contract may.

export { type ModelWorld, modelWorld } from '../../src/testing/contracts/model-world.js';
