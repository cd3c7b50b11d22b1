"""What `uncounted explain` says about the codes of this room."""

from __future__ import annotations

CODES: dict[str, str] = {
    "L01": "The records do not have the columns that linking compares. Records made by `uncounted` always have them; "
    "a table put together by hand needs every column of the standard shape, with nulls where nothing is known. "
    "Record numbers must run from 0 to n-1.",
    "L02": "A setting of the linkage is out of range: the threshold must lie between 0 and 1, the number of draws, the "
    "block size and the limit of pairs must be positive. Change it under [linkage] in the project file.",
    "L03": "One blocking rule would compare more pairs than `[linkage] max_pairs_per_rule` allows. Nearly always a "
    "column holds a filler value (the same date or name everywhere) that makes strangers share a block. Mend the "
    "filler value, lower `max_block`, or raise the limit if time and memory allow.",
    "L04": "Review decisions contradict each other: records that were decided to be one person, directly or through "
    "others, were also decided to be two. No clustering can respect both. Look at the named records and withdraw one "
    "of the decisions.",
    "L05": "A decision names a record that is not among the records linked now, or a record against itself. The lists "
    "may have changed since the decision was made.",
    "L06": "The list numbers handed to the linkage do not fit its records: there must be one per record.",
    "L08": "The linkage engine (Splink on DuckDB) stopped with an error of its own. The original message is withheld "
    "because it may quote a cell. `uncounted doctor` shows whether the installed versions are supported.",
    "L09": "`[linkage] leave_out` or `[linkage.weights]` names a field that is not among those compared. The message "
    "lists them; `uncounted link --explain` shows which of them these lists have, in which levels they are "
    "compared, and "
    "what each weighs.",
    "L10": "`[linkage] leave_out_rules` names a rule that does not exist. `uncounted link --explain` lists the rules "
    "that bring pairs up, each with its name and how many pairs it brought.",
    "L11": "No field is left that two records could be compared on: the lists fill none of them, or the project file "
    "leaves out those they fill. Without a name or a date nothing can be linked, and every record would count "
    "as a person.",
    "L12": "A factor under `[linkage.weights]` must lie between 0 (the evidence of the field does not count) and 2 "
    "(it counts twice). 1 is the weight as trained.",
    "L13": "The pair model that comes with the program was made for other comparisons than this version has. A "
    "released "
    "version always has the two in step; after changing comparisons, make the model again with the command in "
    "`benchmarks/linkage/`.",
    "L20": "The order of review, or the calibration, was asked for with arguments that do not fit the pairs: one id "
    "per record is needed, and a number of pairs that is not negative. From the command line this cannot happen.",
    "L21": "The same two records were given as one person and as two different people. Every pair has one judgement: "
    "withdraw one of the decisions.",
    "L30": 'The project asks for Spark (`[linkage] engine = "spark"`), and pyspark is missing or too old. It comes '
    "with "
    "`pip install 'uncounted[spark]'`. Without Spark, `engine = \"duckdb\"` gives the same links and takes a million "
    "records on one machine.",
    "L31": "Spark runs on Java, and none that runs, or one too old, was found on this machine. Install version 17 or "
    "later (a JRE is enough), or set JAVA_HOME to the folder it lies in.",
    "L32": "No Spark session could be started. Usual causes: Java is older than 17, a setting in "
    "spark-defaults.conf is "
    "misspelt, or there is too little memory. The original message is withheld; `spark-submit --version` and a session "
    "of your own show it.",
    "L33": "The Spark cluster that spark.master names did not answer. Either the address is wrong, or it cannot be "
    "reached from this machine, or the cluster runs another version of Spark than the pyspark installed here.",
    "L34": "Spark began and could not finish: the workers lack duckdb or pyarrow, use another version of "
    "Python, ran out "
    "of memory or were lost. The original message is withheld because it may quote a cell. Nothing was stored.",
}
