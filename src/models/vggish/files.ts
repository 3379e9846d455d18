import type { PublishedModel } from "../../convert/published-model.ts";
import { GOOGLES } from "../googles-licence.ts";

const MB = 1e6;
const { name: licence } = GOOGLES;

/**
 * Where VGGish is published: the bucket that tensorflow/models research/audioset/vggish/README.md names. The hashes are those
 * that others who fetched the files wrote down in lock files and logs.
 */
export const files: PublishedModel["files"] = {
  weights: {
    file: "vggish_model.ckpt",
    addresses: ["https://storage.googleapis.com/audioset/vggish_model.ckpt"],
    sha256: "0962b1914e3e053922d957c45bc84a78c985765641dc6bceeeb3a7d8dfecfdf6",
    most: 450 * MB,
    licence,
  },
  components: {
    file: "vggish_pca_params.npz",
    addresses: ["https://storage.googleapis.com/audioset/vggish_pca_params.npz"],
    sha256: "4d878af3e306defbfb37095365aa7e5a6cecb86bad13e859e626151c4e6a8b9d",
    most: MB,
    licence,
  },
};
