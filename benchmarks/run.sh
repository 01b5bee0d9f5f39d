#!/usr/bin/env bash
# Measures the whole pipeline on this machine and prints three tables: see docs/benchmarks.md.
#   benchmarks/run.sh [records] [writes a second] [seconds of writes]
set -euo pipefail
cd "$(dirname "$0")/.."
mvn -B -ntp -q -pl benchmarks -am -DskipTests package
class_path="benchmarks/target/classes:app/target/classes:app/target/lib/*"
# as ./changeover run has them
options=(-XX:+UseG1GC -Xmx512m -XX:G1HeapRegionSize=4m -XX:InitiatingHeapOccupancyPercent=45 -XX:-G1UseAdaptiveIHOP)
options+=(-XX:InitialRAMPercentage=100 -XX:+UnlockExperimentalVMOptions -XX:G1NewSizePercent=25)
options+=(-XX:SurvivorRatio=3 -XX:TargetSurvivorRatio=90)
options+=(-XX:MaxInlineLevel=8 -XX:FreqInlineSize=120 -XX:InlineSmallCode=1200 -cp "$class_path")
echo "The target sink's store beside plain COPY"
java "${options[@]}" dev.changeover.benchmarks.SinkBenchmark "${1:-100000}"
echo
echo "Both sides scanned, and what PostgreSQL needs to hash the same rows by itself"
java "${options[@]}" dev.changeover.benchmarks.ScanBenchmark "${1:-200000}"
echo
echo "The whole pipeline"
java "${options[@]}" dev.changeover.benchmarks.EndToEndBenchmark "$@"
