"""What reproduces the weights that we trained ourselves, coach/models/trained/.

With the extra `training`, and the cross-encoder fetched by `coach models pull ms-marco-MiniLM-L-12-v2` into a folder M:

    python -m training.fine_tune M alone.pt --alone
    python -m training.fine_tune M together.pt --go-on alone.pt
    python -m training.mean encoder.pt alone.pt together.pt
    python -m training.export encoder.pt M/tokenizer.json coach/models/trained/verdict-encoder.onnx
    python -m eval.fit

To go on from the weights that ship, as was done last:

    python -m training.shipped coach/models/trained/verdict-encoder.onnx before.pt
    python -m training.fine_tune M further.pt --go-on before.pt --rate 1e-4
    python -m training.mean encoder.pt before.pt further.pt

An epoch takes 10 to 35 minutes on two cores, in either stage. Which runs went into the mean that ships, and how often, says its card.
"""
