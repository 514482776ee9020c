"""`hub import --guess`."""

from __future__ import annotations

from pathlib import Path

import typer
import yaml
from typer.testing import CliRunner

from connectors.files.mapping import parse_mapping
from hub.cli.import_files import import_files


def guess(*files: Path) -> str:
    app = typer.Typer()
    app.command()(import_files)
    done = CliRunner().invoke(app, ["--guess", *map(str, files)])
    assert done.exit_code == 0
    return done.stdout


def test_columns_that_were_not_used_are_named_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text('会员编号,手机号,"两行的\n备注",等级\n')

    said = guess(path)

    assert said.splitlines()[-1] == "# not used: 两行的 备注, 等级"
    assert parse_mapping(said).kind == "customers"


def test_several_files_make_several_documents(tmp_path: Path) -> None:
    customers, orders = tmp_path / "c.csv", tmp_path / "o.csv"
    customers.write_text("会员编号,手机号\n")
    orders.write_text("订单号,下单时间,订单金额\n")

    said = guess(customers, orders)

    assert [document["kind"] for document in yaml.safe_load_all(said)] == ["customers", "orders"]
    assert [line for line in said.splitlines() if line.startswith("#")] == ["# c.csv", "# o.csv"]
