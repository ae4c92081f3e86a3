"""BERT as an ONNX graph, written from published weights: token ids and mask in, unit vectors out.

The architecture is that of Devlin et al. 2018 (post-norm encoder, exact GELU); the vector of a text is the mean of its
tokens' last states, scaled to length one (Reimers and Gurevych 2019).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Weights = Mapping[str, NDArray[np.float32]]

_OPSET = 20
_IR_VERSION = 9
_EPSILON = 1e-12
_MASKED = -1e4


class _Graph:
    """Collects nodes and constants; each operator's output is called after it."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, name: str, value: NDArray[Any] | np.generic) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def numbers(self, name: str, *values: int) -> str:
        return self.constant(name, np.array(values, dtype=np.int64))

    def op(self, kind: str, *inputs: str, outputs: int = 1, **attributes: Any) -> str:  # noqa: ANN401 - as onnx has it
        name = f"{kind}.{len(self.nodes)}"
        names = [name] if outputs == 1 else [f"{name}.{n}" for n in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, name=name, **attributes))
        return name


def bert(weights: Weights, *, heads: int, layers: int, positions: int, half_words: bool) -> Any:  # noqa: ANN401 - onnx is untyped
    """The model as an `onnx.ModelProto`: ids and mask (n, length) int64 in, vectors (n, width) float32 out.

    Args:
        weights: tensors by their published names (`embeddings.…`, `encoder.layer.N.…`).
        heads, layers: the model's shape.
        positions: the longest text in tokens; later positions are left out.
        half_words: keep the table of words in half precision (its rows are cast when looked up), to halve the file.
    """
    graph = _Graph()
    width = weights["embeddings.word_embeddings.weight"].shape[1]
    for name, values in {"heads": (0, 0, heads, width // heads), "whole": (0, 0, width)}.items():
        graph.numbers(name, *values)
    for axis in (0, 1, 2):
        graph.numbers(f"axis{axis}", axis)
    graph.numbers("axes12", 1, 2)
    mask = graph.op("Cast", "mask", to=TensorProto.FLOAT)
    unseen = graph.op("Sub", graph.constant("one", np.float32(1)), graph.op("Unsqueeze", mask, "axes12"))
    bias = graph.op("Mul", unseen, graph.constant("masked", np.float32(_MASKED)))
    graph.constant("scale", np.float32((width // heads) ** -0.5))
    state = _embedded(graph, weights, positions, half_words)
    for layer in range(layers):
        state = _layer(graph, weights, f"encoder.layer.{layer}.", state, bias)
    seen = graph.op("Mul", state, graph.op("Unsqueeze", mask, "axis2"))
    # The sum has the direction of the mean, and only the direction is left after scaling to length one.
    total = graph.op("ReduceSum", seen, "axis1", keepdims=0)
    graph.nodes.append(helper.make_node("LpNormalization", [total], ["vectors"], axis=-1, p=2))
    return _model(graph, width)


def _embedded(graph: _Graph, weights: Weights, positions: int, half_words: bool) -> str:
    prefix = "embeddings."
    words = weights[f"{prefix}word_embeddings.weight"]
    if half_words:
        rows = graph.op("Gather", graph.constant("words", words.astype(np.float16)), "ids")
        rows = graph.op("Cast", rows, to=TensorProto.FLOAT)
    else:
        rows = graph.op("Gather", graph.constant("words", words), "ids")
    # Every token is of the first type: its vector is added to the positions once and for all.
    places = weights[f"{prefix}position_embeddings.weight"][:positions]
    places = places + weights[f"{prefix}token_type_embeddings.weight"][0]
    length = graph.op("Shape", "ids", start=1, end=2)
    used = graph.op("Slice", graph.constant("places", places), graph.numbers("zero", 0), length, "axis0")
    return _norm(graph, weights, f"{prefix}LayerNorm", graph.op("Add", rows, used))


def _layer(graph: _Graph, weights: Weights, prefix: str, state: str, bias: str) -> str:
    attended = _attention(graph, weights, f"{prefix}attention.", state, bias)
    state = _norm(graph, weights, f"{prefix}attention.output.LayerNorm", graph.op("Add", attended, state))
    inner = graph.op("Gelu", _linear(graph, weights, [f"{prefix}intermediate.dense"], state))
    outer = _linear(graph, weights, [f"{prefix}output.dense"], inner)
    return _norm(graph, weights, f"{prefix}output.LayerNorm", graph.op("Add", outer, state))


def _attention(graph: _Graph, weights: Weights, prefix: str, state: str, bias: str) -> str:
    projections = [f"{prefix}self.{name}" for name in ("query", "key", "value")]
    together = _linear(graph, weights, projections, state)
    split = graph.op("Split", together, outputs=3, axis=-1, num_outputs=3)
    query, key, value = (graph.op("Reshape", f"{split}.{n}", "heads") for n in range(3))
    query = graph.op("Mul", graph.op("Transpose", query, perm=[0, 2, 1, 3]), "scale")
    scores = graph.op("MatMul", query, graph.op("Transpose", key, perm=[0, 2, 3, 1]))
    shares = graph.op("Softmax", graph.op("Add", scores, bias), axis=-1)
    mixed = graph.op("MatMul", shares, graph.op("Transpose", value, perm=[0, 2, 1, 3]))
    joined = graph.op("Reshape", graph.op("Transpose", mixed, perm=[0, 2, 1, 3]), "whole")
    return _linear(graph, weights, [f"{prefix}output.dense"], joined)


def _linear(graph: _Graph, weights: Weights, names: list[str], state: str) -> str:
    """State times the transposed weights plus the bias; several layers side by side are one product."""
    factor = np.concatenate([weights[f"{name}.weight"].T for name in names], axis=1)
    offset = np.concatenate([weights[f"{name}.bias"] for name in names])
    product = graph.op("MatMul", state, graph.constant(f"{names[0]}.weight", factor))
    return graph.op("Add", product, graph.constant(f"{names[0]}.bias", offset))


def _norm(graph: _Graph, weights: Weights, name: str, state: str) -> str:
    scale = graph.constant(f"{name}.weight", weights[f"{name}.weight"])
    offset = graph.constant(f"{name}.bias", weights[f"{name}.bias"])
    return graph.op("LayerNormalization", state, scale, offset, axis=-1, epsilon=_EPSILON)


def _model(graph: _Graph, width: int) -> Any:  # noqa: ANN401 - onnx is untyped
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "length"]) for name in ("ids", "mask")]
    output = helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["n", width])
    model = helper.make_model(
        helper.make_graph(graph.nodes, "bert", inputs, [output], graph.constants),
        opset_imports=[helper.make_opsetid("", _OPSET)],
        ir_version=_IR_VERSION,
    )
    # Says that shapes are known, without which the quantizer recommends a preparation that this graph does not need.
    helper.set_model_props(model, {"onnx.quant.pre_process": "onnxruntime.quant"})
    return model
