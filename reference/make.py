"""Full-size files in every published format, from seeded weights, written by TensorFlow and h5py: python make.py FOLDER"""

import pathlib
import sys
import tarfile

import h5py
import numpy as np
import tensorflow as tf
from seeded import humpback_convolutions, humpback_shapes, seeded, vggish_shapes, weights, yamnet_shapes


def tracked(**children):
    """An object that is nothing but its children: their names are the checkpoint's keys."""
    node = tf.__internal__.tracking.AutoTrackable()
    for name, child in children.items():
        setattr(node, name, child)
    return node


def variables(values):
    return {name: tf.Variable(value, name=name) for name, value in values.items()}


def v1_checkpoint(values, path):
    """One file, as vggish_train_demo.py's Saver wrote vggish_model.ckpt."""
    V1 = tf.compat.v1.train.SaverDef.V1
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        # Placeholders: a constant of 201 MB in the graph would be one copy more.
        given = {name: tf.compat.v1.placeholder(tf.float32, value.shape) for name, value in values.items()}
        made = [tf.compat.v1.Variable(given[name], name=name) for name in values]
        session.run(tf.compat.v1.global_variables_initializer(), {given[name]: value for name, value in values.items()})
        tf.compat.v1.train.Saver(made, write_version=V1).save(session, str(path), write_meta_graph=False)
    (path.parent / "checkpoint").unlink()


def vggish_saved_model(values, path):
    """Keys `_variables/N/...`: vggish_export_tfhub.py keeps a list."""
    tf.saved_model.save(tracked(_variables=list(variables(values).values())), str(path))


def yamnet_saved_model(values, path):
    """Keys `_yamnet/layer_with_weights-N/...`: the published graph's."""
    made, net = variables(values), tracked()
    convolutions = ["layer1/conv"]
    for layer in range(2, 15):
        convolutions += [f"layer{layer}/depthwise_conv", f"layer{layer}/pointwise_conv"]
    layers = [part for path in convolutions for part in (path, f"{path}/bn")] + ["logits"]
    for number, layer in enumerate(layers):
        leaves = {name.rsplit("/", 1)[1]: made[name] for name in made if name.rsplit("/", 1)[0] == layer}
        setattr(net, f"layer_with_weights-{number}", tracked(**leaves))
    tf.saved_model.save(tracked(_yamnet=net), str(path))


def humpback_saved_model(values, path):
    """Keys `layer_with_weights-0`, `-2` and `variables/N/...`: trainable ones first, then statistics, as google/humpback_whale/1 has them."""
    made, root = variables(values), tracked()
    pcen = {leaf: made[f"pcen/{leaf}"] for leaf in ("alpha", "delta", "root")}
    dense = {leaf: made[f"dense/{leaf}"] for leaf in ("kernel", "bias")}
    setattr(root, "layer_with_weights-0", tracked(**pcen))
    setattr(root, "layer_with_weights-2", tracked(**dense))
    eye = np.eye(64, dtype=np.float32)
    smoother = [tf.Variable(np.float32(s) * eye, name=f"simple_rnn/simple_rnn_cell/{leaf}") for leaf, s in [("kernel", 0.025), ("recurrent_kernel", 0.975)]]
    paths = [path for path, _ in humpback_convolutions()]
    trained = [made[f"{path}/{leaf}"] for path in paths for leaf in ("kernel", "bn/beta")]
    statistics = [made[f"{path}/bn/{leaf}"] for path in paths for leaf in ("moving_mean", "moving_variance")]
    root.variables = [*pcen.values(), *smoother, *trained, *statistics, *dense.values()]
    tf.saved_model.save(root, str(path))


def keras_hdf5(values, path):
    """Keras' save_weights as yamnet.h5 has it: a group a layer, and in it the weights by their whole names."""
    layers = {}
    for name in values:
        layers.setdefault(name.rsplit("/", 1)[0], []).append(name)
    with h5py.File(path, "w") as file:
        file.attrs.update({"layer_names": [layer.encode() for layer in layers], "backend": b"tensorflow", "keras_version": b"2.2.4-tf"})
        for layer, names in layers.items():
            group = file.create_group(layer)
            group.attrs["weight_names"] = [f"{name}:0".encode() for name in names]
            for name in names:
                group.create_dataset(f"{name}:0", data=values[name])


def tar_gz(folder, path):
    """As tfhub.dev serves `?tf-hub-format=compressed`: the SavedModel's files at the archive's root."""
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        archive.add(folder, arcname=".")


def vggish_pca(folder):
    """Parameters in the published file's form, and what NumPy makes of embeddings with them."""
    matrix, means = seeded("pca/kernel", (128, 128)), seeded("pca/means", (128, 1))
    np.savez(folder / "vggish_pca_params.npz", pca_eigen_vectors=matrix.astype(np.float64), pca_means=means.astype(np.float64))
    embeddings = 8 * seeded("pca/embeddings", (1000, 128))
    y = np.dot(matrix.astype(np.float64), embeddings.T - means.astype(np.float64)).T
    bytes_ = ((np.clip(y, -2.0, 2.0) + 2.0) * (255.0 / 4.0)).astype(np.uint8)
    np.savez(folder / "vggish_pca_cases.npz", embeddings=embeddings, bytes=bytes_.astype(np.float32))


out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
vggish = weights(vggish_shapes())
v1_checkpoint(vggish, out / "vggish_model.ckpt")
vggish_saved_model(vggish, out / "vggish_1")
yamnet = weights(yamnet_shapes())
keras_hdf5(yamnet, out / "yamnet.h5")
yamnet_saved_model(yamnet, out / "yamnet_1")
humpback_saved_model(weights(humpback_shapes()), out / "humpback_whale_1")
vggish_pca(out)
for name in ("vggish_1", "yamnet_1", "humpback_whale_1"):
    tar_gz(out / name, out / f"{name}.tar.gz")
