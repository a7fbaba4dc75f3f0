"""The view: how a run looks. Pure: folds events and plans into documents for programs and lines for people.

No colours, no files, no clock. Meet `run_view.run_document` first.
"""
