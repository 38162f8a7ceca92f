"""Products of bytes, four to a lane, in one instruction: VNNI, which processors of Intel have since 2019, of AMD since 2022.

A compiler turns loops over rows into vector instructions by itself, but widens 8-bit integers to 16 and 32 bits on the way,
and then the arithmetic takes longer than to read the weights from memory. `vpdpbusd` does it all at once: in each 32-bit
lane it multiplies four unsigned bytes by four signed ones and adds the four products to the lane. No loop compiles to
it, so it is written here as LLVM's instructions. `matvec` has the loops that say the same, and uses them where it is missing.

The rows of a panel stand side by side, so the four weights that a lane wants, of one row and four columns, come from four
vectors. Unpacking brings them together: bytes of columns 0 and 1 alternate, those of 2 and 3 too, then pairs of both.
    a0 a1 a2 …   b0 b1 b2 …   →   a0 b0 a1 b1 …
    c0 c1 c2 …   d0 d1 d2 …   →   c0 d0 c1 d1 …   →   a0 b0 c0 d0  a1 b1 c1 d1 …
The instruction does so within each 16 bytes, so lanes hold rows in another order; the sums are put right at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llvmlite import ir
from numba import config, types
from numba.core import cgutils
from numba.core.codegen import get_host_cpu_features
from numba.extending import intrinsic

BYTE, SHORT, INT, FLOAT = ir.IntType(8), ir.IntType(16), ir.IntType(32), ir.FloatType()
FUSED = ("contract",)  # a product and a sum may be one instruction
UNIT = 16  # bytes within which a vector is unpacked
AHEAD = 4096  # bytes: by how much reading from memory runs ahead of arithmetic, a sixth faster than if left to the processor
READ, KEEP, DATA = 0, 3, 1  # what LLVM wants to know of a prefetch


def vector_bytes() -> list[int]:
    """How many bytes the vectors may have that this processor multiplies so: the longest first, none if it cannot."""
    told = getattr(config, "CPU_FEATURES", None)  # what Numba compiles for, if not for this processor
    has = (get_host_cpu_features() if told is None else told).split(",")  # type: ignore[no-untyped-call]
    wide = "+avx512vnni" in has and "+avx512bw" in has
    narrow = "+avxvnni" in has or (wide and "+avx512vl" in has)
    return [n for n, possible in ((64, wide), (32, narrow)) if possible]


def _numbers(type_: Any, numbers: Sequence[int]) -> Any:
    return ir.Constant(ir.VectorType(type_, len(numbers)), [ir.Constant(type_, number) for number in numbers])


class _Writer:
    """Writes the instructions for vectors of `n_bytes`."""

    def __init__(self, builder: Any, n_bytes: int) -> None:
        self.b = builder
        self.n_bytes = n_bytes
        self.bytes = ir.VectorType(BYTE, n_bytes)
        self.ints = ir.VectorType(INT, n_bytes // 4)
        self.zeros = _numbers(INT, [0] * (n_bytes // 4))
        self._dot = cgutils.get_or_insert_function(  # type: ignore[no-untyped-call]
            builder.module, ir.FunctionType(self.ints, [self.ints] * 3), f"llvm.x86.avx512.vpdpbusd.{8 * n_bytes}"
        )
        self._prefetch = cgutils.get_or_insert_function(  # type: ignore[no-untyped-call]
            builder.module, ir.FunctionType(ir.VoidType(), [BYTE.as_pointer(), INT, INT, INT]), "llvm.prefetch.p0"
        )

    def constant(self, byte: int) -> Any:
        return _numbers(BYTE, [byte] * self.n_bytes)

    def load(self, start: Any, k: int) -> Any:
        """The k-th vector from `start`; and memory is told to bring what is AHEAD of it, which may be nothing of ours."""
        ahead = self.b.gep(self.b.bitcast(start, BYTE.as_pointer()), [ir.Constant(INT, k * self.n_bytes + AHEAD)])
        self.b.call(self._prefetch, [ahead, *(ir.Constant(INT, n) for n in (READ, KEEP, DATA))])
        at = self.b.bitcast(start, self.bytes.as_pointer())
        return self.b.load(self.b.gep(at, [ir.Constant(INT, k)]), align=1)

    def load_four(self, start: Any, k: int) -> Any:
        """The k-th four 16-bit integers from `start`, as bytes, in every lane."""
        at = self.b.bitcast(start, ir.VectorType(SHORT, 4).as_pointer())
        four = self.b.load(self.b.gep(at, [ir.Constant(INT, k)]), align=2)
        four = self.b.bitcast(self.b.trunc(four, ir.VectorType(BYTE, 4)), INT)
        first = self.b.insert_element(self.zeros, four, ir.Constant(INT, 0))
        return self.b.shuffle_vector(first, self.zeros, self.zeros)

    def vector(self, start: Any, k: int, of: Any = BYTE) -> Any:
        """The k-th vector from `start`, which is in the cache; as many bytes, or numbers in them."""
        type_ = ir.VectorType(of, self.n_bytes // (1 if of is BYTE else 4))
        at = self.b.bitcast(start, type_.as_pointer())
        return self.b.load(self.b.gep(at, [ir.Constant(INT, k)]), align=1)

    def in_every_lane(self, start: Any, k: int, of: Any) -> Any:
        """The k-th four bytes from `start`, as a number of that type, in every lane."""
        at = self.b.gep(self.b.bitcast(start, of.as_pointer()), [ir.Constant(INT, k)])
        none = ir.Constant(ir.VectorType(of, self.n_bytes // 4), ir.Undefined)
        first = self.b.insert_element(none, self.b.load(at, align=1), ir.Constant(INT, 0))
        return self.b.shuffle_vector(first, none, self.zeros)

    def dot(self, total: Any, unsigned: Any, signed: Any) -> Any:
        return self.b.call(self._dot, [total, self.b.bitcast(unsigned, self.ints), signed])

    def unpack(self, x: Any, y: Any, size: int, upper: int) -> Any:
        """Pieces of `size` bytes of x and y in turn, of the lower or upper half of each unit."""
        half = UNIT // 2
        starts = [
            unit + upper * half + piece for unit in range(0, self.n_bytes, UNIT) for piece in range(0, half, size)
        ]
        order = [of + start + i for start in starts for of in (0, self.n_bytes) for i in range(size)]
        return self.b.shuffle_vector(x, y, _numbers(INT, order))

    def by_row(self, columns: list[Any]) -> list[Any]:
        """From four columns of `n_bytes` rows four vectors, with the four weights of a row in each lane."""
        a, b, c, d = columns
        pairs = [(self.unpack(a, b, 1, upper), self.unpack(c, d, 1, upper)) for upper in (0, 1)]
        return [self.unpack(*pair, 2, upper) for pair in pairs for upper in (0, 1)]

    def add_to(self, start: Any, k: int, totals: list[Any]) -> None:
        """Add the totals, whose lanes are in the order of `by_row`, to the k-th `n_bytes` numbers from `start`."""
        n_lanes, n_units = self.n_bytes // 4, self.n_bytes // UNIT
        ordered = [self.b.shuffle_vector(x, y, _numbers(INT, range(2 * n_lanes))) for x, y in (totals[:2], totals[2:])]
        order = [n_lanes * v + 4 * unit + i for unit in range(n_units) for v in range(4) for i in range(4)]
        sums = self.b.shuffle_vector(*ordered, _numbers(INT, order))
        at = self.b.bitcast(start, ir.VectorType(INT, self.n_bytes).as_pointer())
        at = self.b.gep(at, [ir.Constant(INT, k)])
        self.b.store(self.b.add(self.b.load(at, align=4), sums), at, align=4)


def _write(writer: _Writer, weights: Any, x: Any, products: Any, n_rows: int, bits: int) -> None:
    """products[r] += Σ_j weight[j, r]·x[j] for 16 columns j of bytes, or for the nibbles of 16, which are 32 columns."""
    b = writer.b
    n = n_rows // writer.n_bytes  # vectors of a column
    totals = [[writer.zeros] * 4 for _ in range(n)]
    excess = writer.zeros
    for j in range(0, 16, 4):
        x_low, x_high = writer.load_four(x, j // 4), writer.load_four(x, j // 4 + 4) if bits == 4 else None
        if bits == 8:  # signed bytes become unsigned ones by adding 128, which flips the highest bit
            excess = writer.dot(excess, writer.constant(128), x_low)
        for k in range(n):
            quads = writer.by_row([writer.load(weights, (j + i) * n + k) for i in range(4)])
            for v, quad in enumerate(quads):
                if bits == 8:
                    totals[k][v] = writer.dot(totals[k][v], b.xor(quad, writer.constant(128)), x_low)
                else:
                    low = writer.dot(totals[k][v], b.and_(quad, writer.constant(15)), x_low)
                    totals[k][v] = writer.dot(low, b.lshr(quad, writer.constant(4)), x_high)
    for k in range(n):
        writer.add_to(products, k, [b.sub(total, excess) for total in totals[k]])


def _write_tile(
    writer: _Writer,
    weights: Any,
    affine: tuple[Any, Any],
    tokens: Sequence[tuple[Any, Any, Any]],
    totals: Any,
    n_rows: int,
    n_fours: int,
) -> None:
    """totals[t, r] += factor[r] · (scale[t] · Σ_j weight[r, j]·q[t][j]) + offset[r] · sum[t], of 4 · n_fours columns j.

    weights: in fours, (n_fours, n_rows, 4); affine: factors and offsets (n_rows,); tokens: for each its integers, scale and sum.
    """
    b, lanes = writer.b, writer.n_bytes // 4
    n = 4 * n_rows // writer.n_bytes  # vectors of a four
    at_once = 4 if writer.n_bytes == 64 else 2  # of them: with the sums of all tokens they have to fit the registers
    for start in range(0, n, at_once):
        sums = [[writer.zeros] * at_once for _ in tokens]
        for four in range(n_fours):
            quads = [writer.vector(weights, four * n + start + v) for v in range(at_once)]
            for (q, _, _), sum_ in zip(tokens, sums):
                x = writer.in_every_lane(q, four, INT)
                sum_[:] = [writer.dot(sum_[v], quads[v], x) for v in range(at_once)]
        for t, (_, scale, x_sum) in enumerate(tokens):
            scales, x_sums = writer.in_every_lane(scale, 0, FLOAT), writer.in_every_lane(x_sum, 0, FLOAT)
            for v in range(at_once):
                factor, offset = (writer.vector(numbers, start + v, FLOAT) for numbers in affine)
                product = b.fmul(scales, b.sitofp(sums[t][v], factor.type))
                both = b.fadd(b.fmul(factor, product, FUSED), b.fmul(offset, x_sums, FUSED), FUSED)
                at = b.gep(totals, [ir.Constant(INT, t * n_rows + (start + v) * lanes)])
                at = b.bitcast(at, factor.type.as_pointer())
                b.store(b.fadd(b.load(at, align=4), both, FUSED), at, align=4)


def tile_product(n_bytes: int, n_rows: int, n_tokens: int, n_fours: int) -> Any:
    """For compiled code: add_tile(weights, start, factors, offsets, small, q, column, scales, group, sums, first, totals).

    With vectors of `n_bytes`, one of `vector_bytes()`, adds to totals[first + t, r], for `n_tokens` tokens and `n_rows` rows,

        factors[small, r] · scales[first + t, group] · Σ_j w[j // 4, r, j % 4] · q[first + t, column + j]
        + offsets[small, r] · sums[first + t, small]

    over 4 · n_fours columns j, where w is `weights[start:]` as (n_fours, n_rows, 4); weights `uint8`, q `int8`, else `float32`.
    """

    def add_tile(  # type: ignore[no-untyped-def]
        _, weights, start, factors, offsets, small, q, column, scales, group, sums, first, totals
    ) -> Any:
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            def address(i: int, *indices: Any) -> Any:
                array = context.make_array(signature.args[i])(context, builder, args[i])
                return cgutils.get_item_pointer(  # type: ignore[no-untyped-call]
                    context, builder, signature.args[i], array, indices
                )

            start, small, column, group, first = (args[i] for i in (1, 4, 6, 8, 10))
            zero = ir.Constant(start.type, 0)
            rows = [builder.add(first, ir.Constant(zero.type, t)) for t in range(n_tokens)]
            tokens = [(address(5, row, column), address(7, row, group), address(9, row, small)) for row in rows]
            affine = address(2, small, zero), address(3, small, zero)
            writer = _Writer(builder, n_bytes)
            _write_tile(writer, address(0, start), affine, tokens, address(11, first, zero), n_rows, n_fours)
            return context.get_dummy_value()

        i = types.int64
        return types.void(weights, i, factors, offsets, i, q, i, scales, i, sums, i, totals), generate

    return intrinsic(add_tile)


def adders(n_bytes: int, n_rows: int) -> tuple[Any, Any]:
    """What `matvec` does in `_add_nibbles` and `_add_bytes`, with vectors of `n_bytes`, one of `vector_bytes()`.

    For compiled code, and panels of `n_rows` rows, a multiple of `n_bytes`.
    """

    def write(call: tuple[Any, ...], bits: int, g: Any, start: Any, q: int) -> None:
        context, builder, signature, args = call
        zero = ir.Constant(g.type, 0)

        def address(i: int, *indices: Any) -> Any:
            array = context.make_array(signature.args[i])(context, builder, args[i])
            return cgutils.get_item_pointer(  # type: ignore[no-untyped-call]
                context, builder, signature.args[i], array, indices
            )

        start = zero if start is None else start
        weights, products = address(0, args[1], g, start, zero), address(len(args) - 1, zero)
        _write(_Writer(builder, n_bytes), weights, address(q, g, start), products, n_rows, bits)

    def add_nibbles(_: Any, packed: Any, panel: Any, g: Any, q: Any, low: Any, high: Any, products: Any) -> Any:
        if q.dtype != types.int16:
            return None

        def generate(*call: Any) -> None:
            write(call, bits=4, g=call[3][2], start=None, q=3)

        return types.void(packed, panel, g, q, low, high, products), generate

    def add_bytes(_: Any, packed: Any, panel: Any, g: Any, start: Any, q: Any, products: Any) -> Any:
        if q.dtype != types.int16:
            return None

        def generate(*call: Any) -> None:
            write(call, bits=8, g=call[3][2], start=call[3][3], q=4)

        return types.void(packed, panel, g, start, q, products), generate

    return intrinsic(add_nibbles), intrinsic(add_bytes)
