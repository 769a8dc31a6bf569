"""What reproduces the weights that we trained ourselves, coach/models/trained/.

With the extra `training`, and the cross-encoder fetched by `coach models pull ms-marco-MiniLM-L-12-v2` into a folder M:

    python -m training.pairs pairs.jsonl
    python -m training.fine_tune pairs.jsonl M states encoder-1.pt --epochs 1
    python -m training.fine_tune pairs.jsonl M states encoder.pt --epochs 1 --go-on encoder-1.pt
    python -m training.export encoder.pt M/tokenizer.json coach/models/trained/verdict-encoder.onnx
    python -m eval.fit

The first run reads every pair through the frozen layers (about 80 minutes on one core), then an epoch takes about 35 minutes on two.
"""
